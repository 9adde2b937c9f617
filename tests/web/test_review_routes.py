"""Playbooks, Evidence, Policy and the weekly review over plain data: what they say, what they do, hostile words."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import httpx
import pytest
from asking import BASE, ask
from plain import HOSTILE, NOW
from plain_review import TEXT, PlainPolicies, finished, review_desk, week_review

from staycourse.desk import CareDesk, Trial
from staycourse.kernel import words_of
from staycourse.web import weekly_html, weekly_markdown, weekly_view

PAGES = (
    "/playbooks", "/playbooks/friendly_question", "/playbooks/friendly_question?state=left", "/playbooks/long_gone",
    "/playbooks/welcome?state=held_out", "/evidence", "/policy", "/policy/edit", "/policy/edit?version=1", "/review",
    "/review?week=2013-01-09",
)  # fmt: skip


def get(path: str, *, care: CareDesk | None = None, language: str = "en") -> httpx.Response:
    return ask(path, care=care or review_desk(), headers={"accept-language": language, "accept": "text/html"})


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_in_both_languages_without_bare_keys_or_hostile_markup(path: str, language: str) -> None:
    answer = get(path, language=language)
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text
    assert not re.search(r"style=|onclick=|javascript:", answer.text)
    # What a policy says (its text, the paths of its fields) is not a key of ours.
    said = re.sub(r"(?s)<textarea.*?</textarea>|<li><bdi>.*?</bdi></li>", "", answer.text)
    bare = r"\b(?:playbooks|evidence|policies|weekly|journey|cli|scene|stage)\.[a-z_.]+[a-z]\b"
    assert not re.findall(bare, re.sub(r"<[^>]+>", " ", said))


def test_without_these_parts_there_are_no_such_pages() -> None:
    for path in ("/playbooks", "/evidence", "/policy", "/review"):
        assert ask(path).status_code == 404
    assert "/playbooks" not in ask("/").text
    assert 'href="/playbooks"' in get("/review").text


def test_a_playbook_shows_its_journey_as_a_picture_and_as_a_list() -> None:
    page = get("/playbooks/friendly_question")
    assert page.text.count('class="flow-step') == 6
    said = text_of(page)
    for words in ("Wait 4 days", "1,234 here", "5,678 passed", "Answered a survey", "otherwise", "As a list",
                  "the learner came back", "made up by nobody", "Wait 4 days, due in 5 hours"):  # fmt: skip
        assert words in said
    assert get("/playbooks/none").status_code == 404
    assert get("/playbooks/welcome?state=odd").status_code == 422


def test_scene_presets_say_what_they_change() -> None:
    said = text_of(get("/playbooks"))
    assert "K-12 tutoring In force" in said
    assert "[care.quiet_hours.start]: 21:00 → 20:00" in said


def test_the_evidence_says_what_may_be_concluded_and_draws_it() -> None:
    page = get("/evidence")
    said = text_of(page)
    for words in ("Helps", "Harms", "Not to be trusted", "Not begun", "Nobody has been compared yet", "Unsubscribing",
                  "for each learner who stayed because of it", "a gain of", "more learners came back than",
                  "Judged by whether learners came back", "who were helped paid", "(3 of the 20 that are needed)",
                  "Nobody is held out of these, so there is nothing to compare: Birthday",
                  "345 entries into playbooks that no alert begins wait too"):  # fmt: skip
        assert words in said
    assert page.text.count('class="forest-fixed"') == 5
    assert "¥" in said
    assert "By channel of the first contact" in said


@pytest.mark.parametrize(("state", "words"), [("waiting", "Nothing judged yet"), ("nothing", "No alert yet")])
def test_the_evidence_says_why_there_is_none(state: str, words: str) -> None:
    assert words in text_of(get("/evidence", care=review_desk(evidence=state)))


def post(path: str, data: dict[str, str], policies: PlainPolicies, language: str = "en") -> httpx.Response:
    headers = {"origin": BASE, "sec-fetch-site": "same-origin", "accept-language": language,
               "cookie": "staycourse_actor=Li"}  # fmt: skip
    return ask(path, method="POST", data=data, headers=headers, care=review_desk(policies=policies))


def test_a_fault_is_shown_at_its_line_with_the_text_kept() -> None:
    wrong = TEXT.replace("absent_days = 7", 'absent_days = "x"')
    answer = post("/policy/edit", {"text": wrong.replace("\n", "\r\n"), "action": "check"}, PlainPolicies())
    assert answer.status_code == 422
    line = wrong[: wrong.index('absent_days = "x"')].count("\n") + 1
    assert f'<span id="line-{line}" class="wrong">' in answer.text
    assert "tiers.regular.absent_days" in text_of(answer)
    assert html.escape('absent_days = "x"', quote=True).replace("&quot;", "&#34;") in answer.text


def test_a_note_that_is_missing_is_told_at_the_note_which_has_the_focus() -> None:
    policies = PlainPolicies()
    answer = post("/policy/edit", {"text": TEXT, "action": "accept"}, policies, "zh-CN")
    assert answer.status_code == 422 and policies.acts == []
    note = re.search(r'<input[^>]* name="note"[^>]*>', answer.text)
    assert note and 'aria-describedby="note-fault" autofocus' in note[0] and 'id="fault"' not in answer.text
    told = text_of(answer)
    assert "1 到 500 个字符" in told and "note：" not in told


def test_check_says_what_differs_in_words() -> None:
    policies = PlainPolicies()
    other = TEXT.replace("absent_days = 7", "absent_days = 10")
    answer = post("/policy/edit", {"text": other, "action": "check", "note": HOSTILE}, policies)
    assert answer.status_code == 200
    assert "It would change 1 thing" in text_of(answer)
    assert "7 → 10" in text_of(answer)
    assert policies.acts == []
    assert "says the same" in text_of(post("/policy/edit", {"text": TEXT, "action": "check"}, policies))
    assert "look at this" not in text_of(post("/policy/edit", {"text": TEXT, "action": "check"}, policies))


def test_the_playbooks_page_says_how_one_of_several_is_chosen() -> None:
    said = text_of(get("/playbooks"))
    assert "80 of 50 outcomes known. Chosen by what has worked." in said and "98%" in said
    assert "4 of 50 outcomes known. Chosen by priority." in said
    assert "Higher priority goes first" not in said and "the first by priority" in said


def test_check_says_what_cannot_be_done_here_yet() -> None:
    policies = PlainPolicies(warnings=(HOSTILE, "playbooks.mine call: nobody has written a script 'x'"))
    answer = post("/policy/edit", {"text": TEXT, "action": "check"}, policies)
    assert answer.status_code == 200 and "look at this" in text_of(answer)
    assert "nobody has written a script" in text_of(answer) and HOSTILE in text_of(answer)


def test_a_trial_runs_beside_and_is_accepted_by_a_person() -> None:
    policies = PlainPolicies()
    other = TEXT.replace("absent_days = 7", "absent_days = 10")
    begun = post("/policy/edit", {"text": other, "action": "backtest"}, policies)
    assert (begun.status_code, begun.headers["location"]) == (303, "/policy/trials/t1")
    assert 'hx-trigger="every 2s"' in get("/policy/trials/t1", care=review_desk(policies=policies)).text
    policies.trials["t1"] = finished(policies.trials["t1"])
    assert "hx-trigger" not in get("/policy/trials/t1", care=review_desk(policies=policies)).text
    done = post("/policy/trials/t1", {"note": "tried"}, policies)
    assert (done.status_code, done.headers["location"]) == (303, "/policy")
    assert policies.acts[-1] == ("accept", other, "tried", "Li")
    assert get("/policy/trials/none", care=review_desk(policies=policies)).status_code == 404


def test_a_trial_says_how_far_it_is_and_can_be_cancelled() -> None:
    trial = Trial("t1", "backtest", "running", NOW, "Li", stage="look", so_far=5, of_all=16)
    policies = PlainPolicies(trials={"t1": trial})
    page = get("/policy/trials/t1", care=review_desk(policies=policies))
    assert "Looking at the days that are tried: 5 of 16." in text_of(page)
    assert 'value="5" max="16"' in page.text
    policies.trials["t1"] = replace(trial, stage="replay", so_far=1, of_all=0)
    assert "1 run so far" in text_of(get("/policy/trials/t1", care=review_desk(policies=policies)))
    policies.trials["t1"] = replace(trial, state="asked")
    assert "It waits its turn" in text_of(get("/policy/trials/t1", care=review_desk(policies=policies)))
    for notice in ("policy.cancel", "policy.ended.stop"):
        answer = post("/policy/trials/t1/cancel", {}, policies)
        assert (answer.status_code, answer.headers["location"]) == (303, "/policy/trials/t1")
        assert answer.cookies["staycourse_notice"] == notice
    page = get("/policy/trials/t1", care=review_desk(policies=policies))
    assert "It was cancelled" in text_of(page)
    assert "hx-trigger" not in page.text
    assert post("/policy/trials/none/cancel", {}, policies).status_code == 404


def test_a_failed_trial_says_why() -> None:
    policies = PlainPolicies(trials={"t1": Trial("t1", "proposals", "failed", NOW, HOSTILE, fault=HOSTILE)})
    page = get("/policy/trials/t1", care=review_desk(policies=policies))
    assert "It could not be tried" in text_of(page)
    assert "<script>alert(1)" not in page.text


def test_accepting_and_rolling_back_lead_back_with_a_notice() -> None:
    policies = PlainPolicies()
    other = TEXT.replace("absent_days = 7", "absent_days = 10")
    for path, data, notice in (
        ("/policy/edit", {"text": other, "action": "accept", "note": "why"}, "policy.accept"),
        ("/policy/edit", {"text": TEXT, "action": "accept", "note": "why"}, "policy.same.stop"),
        ("/policy/rollback", {"version": "2", "note": "why"}, "policy.rollback"),
    ):
        answer = post(path, data, policies)
        assert (answer.status_code, answer.headers["location"]) == (303, "/policy")
        assert answer.cookies["staycourse_notice"] == notice
    policies.busy = True
    assert (
        post("/policy/rollback", {"version": "2", "note": "w"}, policies).cookies["staycourse_notice"].endswith("stop")
    )
    assert post("/policy/edit", {"text": other, "action": "accept", "note": "w"}, policies).status_code == 503
    assert post("/policy/rollback", {"version": "x", "note": "w"}, policies).status_code == 422


def test_a_budget_is_asked_in_bounds() -> None:
    policies = PlainPolicies()
    good = post("/policy/trials", {"kind": "budget", "per_day": "20", "precision": "35"}, policies)
    assert good.status_code == 303
    assert "BudgetAsked(per_day=20, precision=0.35)" in policies.acts[-1]
    for bad in ({"per_day": "-1"}, {"per_day": ""}, {"per_day": "9" * 30}, {"per_day": "5", "precision": "nan"},
                {"per_day": "5", "precision": "101"}):  # fmt: skip
        assert post("/policy/trials", {"kind": "budget", **bad}, policies).status_code == 422
    assert post("/policy/trials", {"kind": "odd"}, policies).status_code == 422


def test_a_name_cannot_turn_the_words_around_it() -> None:
    policies = PlainPolicies(trials={"t1": Trial("t1", "budget", "running", NOW, HOSTILE)})
    page = html.unescape(get("/policy/trials/t1", care=review_desk(policies=policies)).text)
    assert f"by \N{FIRST STRONG ISOLATE}{HOSTILE}\N{POP DIRECTIONAL ISOLATE}" in page


def test_foreign_forms_are_refused() -> None:
    policies = PlainPolicies()
    for path in ("/policy/edit", "/policy/rollback", "/policy/trials", "/policy/trials/t1", "/policy/trials/t1/cancel"):
        answer = ask(path, method="POST", data={"version": "1"}, headers={"origin": "http://evil.example"},
                     care=review_desk(policies=policies))  # fmt: skip
        assert answer.status_code == 403
    assert policies.acts == []


def test_a_version_is_given_as_text() -> None:
    answer = get("/policy/text?version=2")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("# version 2")
    assert get("/policy/text?version=9").status_code == 404


def test_the_week_says_the_gravest_first_and_names_the_empty_week() -> None:
    said = text_of(get("/review"))
    order = ["fewer stay than among those left alone", "2 tasks wait for an advisor", "5 alerts wait past"]
    assert sorted(order, key=said.index) == order
    assert "The groups are" in said or "groups are not of the sizes" in said
    empty = text_of(get("/review?week=2013-01-09"))
    assert "No night was run in this week" in empty
    assert "Let the night run" in empty
    assert get("/review?week=x").status_code == 422


def test_a_home_that_is_simulated_or_reached_nobody_says_so_on_every_page() -> None:
    for path in ("/", "/playbooks", "/evidence", "/policy", "/review", "/nowhere"):
        assert "These learners are simulated" in text_of(get(path, care=review_desk(caveat="simulated")))
        assert "These learners are simulated" not in text_of(get(path))
        assert "Nobody was reached" in text_of(get(path, care=review_desk(caveat="unreached")))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_files_say_what_the_page_says_and_trust_nothing(language: str) -> None:
    words = words_of(language)
    view = weekly_view(week_review(caveat="simulated"), words)
    markdown, page = weekly_markdown(view), weekly_html(view, language)
    assert "<script>alert" not in page
    assert "<script>" not in markdown
    assert not re.search(r"\b(?:src|href)=", page)
    for section in view.sections:
        assert section.title in markdown
        assert section.title in page
        assert all(html.escape(line, quote=False) in page.replace("&#34;", '"').replace("&#39;", "'")
                   for line in section.lines)  # fmt: skip
    assert words.t("weekly.simulated") in page
    assert words.t("weekly.simulated") in markdown
