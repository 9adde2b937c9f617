"""The pages: what is asked of the desk, what is answered, what is said when there is nothing to show."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from asking import ask
from plain import HOSTILE, PlainDesk

from staycourse.desk import TodayFilter


def test_today_shows_the_list_with_reasons_rules_and_the_next_step() -> None:
    page = ask("/").text
    assert "61 learners to look after" in page
    assert "7 more than on 20 Mar 2014" in page
    assert "林晓雨" in page
    assert "92%" in page
    assert "within 4 hours" in page
    assert "AUC 0.75" in page


def test_the_filters_and_the_page_are_asked_of_the_desk() -> None:
    desk = PlainDesk()
    answer = ask("/?course=ENG-1&cause=alone&tier=regular&search=%20amara%20&page=2", desk=desk)
    assert answer.status_code == 200
    assert desk.asked == [TodayFilter(course="ENG-1", cause="alone", tier="regular", search="amara", page=2)]


def test_the_pager_keeps_what_was_asked() -> None:
    page = ask("/?tier=regular&page=2&as_of=2014-03-21").text
    assert 'href="/?tier=regular&amp;as_of=2014-03-21"' in page
    assert "Page 2 of 2" in page


@pytest.mark.parametrize(
    ("state", "path", "said"),
    [
        ("nothing", "/", "staycourse import"),
        ("nothing", "/churn", "staycourse import"),
        ("not_run", "/", "staycourse nightly"),
        ("clear", "/", "Nobody needs care right now"),
        ("full", "/?search=zzz", "Nobody matches"),
        ("full", "/?page=900", "Nothing on this page"),
        ("cold", "/", "Cold start"),
        ("full", "/learners/blank", "No enrolment is known"),
        ("full", "/learners/quiet", "No class-quality samples"),
    ],
)
def test_an_empty_state_says_what_it_is_and_what_to_do(state: str, path: str, said: str) -> None:
    answer = ask(path, desk=PlainDesk(state))
    assert answer.status_code == 200
    assert said in answer.text


def test_the_learner_page_shows_risk_reasons_charts_with_twins_and_the_timeline() -> None:
    page = ask("/learners/S10001").text
    for said in ("71%", "Risk over time", "Show as a table", "odds ×", "Watched a video", "31 minutes", "2 days late"):
        assert said in page
    assert "¥4,999" in page
    assert "at most 9%" in page


def test_older_days_come_as_a_part_and_as_a_page() -> None:
    part = ask("/timelines/S1?before=2014-02-01").text
    assert part.lstrip().startswith("<li")
    assert "31 Jan 2014" in part
    assert "1 Feb 2014" not in part
    assert "<html" not in part
    page = ask("/learners/S1?before=2014-02-01").text
    assert "before 1 Feb 2014" in page


def test_the_churn_page_shows_the_horizons_the_reasoning_and_a_course() -> None:
    page = ask("/churn?course=ENG-1").text
    assert "14 days" in page
    assert "16 days" in page
    assert "18.7%" in page
    assert 'aria-current="true"' in page
    assert ask("/churn?course=no-such").status_code == 200


def test_language_comes_from_the_cookie_then_the_browser() -> None:
    assert 'lang="en"' in ask("/").text
    chinese = ask("/", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}).text
    assert 'lang="zh-CN"' in chinese
    assert "2014年3月21日" in chinese
    both = {"accept-language": "zh-CN", "cookie": "staycourse_language=en"}
    assert 'lang="en"' in ask("/", headers=both).text
    assert ask("/", headers={"cookie": "staycourse_language=xx; staycourse_theme=pink"}).status_code == 200


def test_a_switch_sets_a_cookie_and_leads_back() -> None:
    answer = ask("/preferences", method="POST", data={"language": "zh-CN", "back": "/?tier=core"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?tier=core"
    cookie = answer.headers["set-cookie"]
    assert "staycourse_language=zh-CN" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "set-cookie" not in ask("/preferences", method="POST", data={"theme": "pink"}).headers


@pytest.mark.parametrize(
    "back", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "", "/a\nb", "http://[/"]
)
def test_a_switch_never_leads_elsewhere(back: str) -> None:
    answer = ask("/preferences", method="POST", data={"theme": "dark", "back": back})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("form", [{"back": "x" * 270_000}, {f"field{n}": "1" for n in range(50)}])
def test_a_form_that_is_not_ours_is_refused(form: dict[str, str]) -> None:
    assert ask("/preferences", method="POST", data=form).status_code == 422


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/no-such-page", 404, "Not found"),
        ("/learners/nobody", 404, "there is no learner"),
        ("/learners/", 404, "no learner was named"),
        (f"/learners/{'x' * 10_000}", 404, "Not found"),
        ("/?page=0", 422, "page"),
        ("/?page=many", 422, "page"),
        ("/?as_of=yesterday", 422, "as_of"),
        ("/learners/S1?before=never", 422, "before"),
        (f"/?search={'x' * 500}", 422, "search"),
    ],
)
def test_errors_are_pages_or_problems(path: str, status: int, said: str) -> None:
    page = ask(path)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert said in page.text
    problem = ask(path, headers={"accept": "application/json"})
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == status


def test_a_fault_of_ours_tells_nothing_of_our_inside() -> None:
    page = ask("/", desk=PlainDesk("broken"))
    assert page.status_code == 500
    assert "Something went wrong here" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["content-security-policy"]


def test_other_methods_are_refused_and_head_is_answered() -> None:
    assert ask("/", method="POST").status_code == 405
    assert ask("/", method="HEAD").status_code == 200
    assert ask("/preferences").status_code == 405


def test_health() -> None:
    assert ask("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "learner",
    [HOSTILE, ".", "..", "a/b", "%2e%2e", "line\nbreak", "tab\t", "空 格", "~x", "a?b=c&d#e", "a/timeline", " "],
)
def test_any_id_leads_to_its_own_page(learner: str) -> None:
    from staycourse.web.addresses import learner_address

    class Remembering(PlainDesk):
        seen: str = ""

        def learner(self, tenant, learner, before=None):  # type: ignore[no-untyped-def]
            self.seen = learner
            return super().learner(tenant, learner, before)

    desk = Remembering()
    answer = ask(learner_address(learner), desk=desk)
    assert answer.status_code == 200
    assert desk.seen == learner
    assert "<script>alert" not in answer.text


def test_a_plainly_quoted_id_works_too() -> None:
    assert ask("/learners/" + quote("a/b c", safe="")).status_code == 200


def test_hostile_text_is_escaped_wherever_it_is_shown() -> None:
    for path in ("/", f"/?search={quote(HOSTILE)}", f"/churn?course={quote(HOSTILE)}", f"/nowhere/{quote(HOSTILE)}"):
        page = ask(path).text
        assert "<script>alert" not in page
        assert "alert(1)</script>" not in page
