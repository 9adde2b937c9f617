"""Every route of the console against every role, and against whoever has not signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from doors import TAUGHT, Door, door
from fastapi.routing import APIRoute
from plain import PlainDesk

from staycourse.desk import ROLES, TodayFilter
from staycourse.web.access import PERMITS
from staycourse.web.access.gate import OPEN

LEARNER = PlainDesk().today("main", TodayFilter()).rows[0].learner
FILLED = {
    "{learner:path}": LEARNER, "{alert}": f"{0:032x}", "{task}": f"{0:032x}", "{key:path}": "none",
    "{template}": "none", "{webhook}": "none", "{playbook}": "none", "{trial}": "none",
}  # fmt: skip
REFUSED = "Not for your role"

ANYBODYS = {"/preferences", "/sign-in", "/sign-out", "/account", "/healthz", "/lti/login", "/lti/launch", "/lti/jwks"}
A_TEACHERS = {"/", "/learners/{learner:path}", "/timelines/{learner:path}", "/alerts", "/alerts/{alert}"}
OWNERS = {f"/connections/{name}" for name in ("keys", "people", "platforms")}
CARE = {"/alerts/{alert}", "/alerts/{alert}/notes", "/desk/{task}", "/desk/{task}/notes", "/consents"}


def expected(role: str, method: str, path: str) -> bool:
    """Say in other words than the table who may do what."""
    if path in OWNERS:
        return role == "owner"
    if path in ANYBODYS or role in ("owner", "operator"):
        return True
    if path.startswith("/connections"):
        return False
    if method == "GET":
        return path in A_TEACHERS if role == "teacher" else path != "/policy/edit"
    return role == "advisor" and path in CARE


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


def routes(app: Door) -> list[tuple[str, str]]:
    """Return every route as method and path."""
    found = []
    for route in app.app.routes:
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
        else:
            assert getattr(route, "path", "") == "/static", f"{route} is served without asking who asks"
    return found


def address(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    assert "{" not in path, f"{path}: say what stands there"
    return path


def test_the_table_names_every_route_and_no_other(here: Door) -> None:
    assert set(routes(here)) | {key for key in PERMITS if key[1].startswith("/lti/")} == set(PERMITS)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_open_to_those_who_may_and_to_nobody_else(here: Door, role: str) -> None:
    wrong = []
    for method, path in routes(here):
        if path == "/sign-out":
            continue
        token = here.token(role)
        said = here.ask(address(path), method=method, token=token, data={} if method == "POST" else None)
        refused = said.status_code == 403 and REFUSED in said.text
        if refused == expected(role, method, path):
            wrong.append((method, path, said.status_code))
    assert wrong == []


def test_nobody_who_has_not_signed_in_sees_or_does_anything(here: Door) -> None:
    open_to_all = {"/sign-in", "/preferences", "/healthz", "/lti/login", "/lti/launch", "/lti/jwks"}
    assert set(OPEN) == open_to_all
    for method, path in routes(here):
        if path in open_to_all:
            continue
        said = here.ask(address(path), method=method, data={} if method == "POST" else None)
        assert said.status_code == 303, (method, path, said.status_code)
        assert said.headers["location"].startswith("/sign-in"), path
        assert LEARNER not in said.text
    assert here.ask("/no/such/page").headers["location"] == "/sign-in?back=/no/such/page"
    assert here.ask("/", headers={"accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_no_way_round(here: Door, method: str) -> None:
    assert here.ask("/", method=method).status_code == 303
    said = here.ask("/channels", method=method, token=here.token("read-only"))
    assert said.status_code in (403, 405)


def test_each_role_is_shown_its_own_pages_and_no_forms_that_would_be_refused(here: Door) -> None:
    pages = {role: here.ask("/", token=here.token(role)).text for role in ROLES}
    assert 'href="/policy"' in pages["operator"]
    for page in ("/policy", "/desk", "/deliveries", "/evidence", "/review", "/churn"):
        assert f'href="{page}"' not in pages["teacher"], page
    assert "sees-only" in here.ask("/alerts", token=here.token("read-only")).text
    assert "sees-only" in here.ask("/policy", token=here.token("advisor")).text
    assert "sees-only" not in here.ask("/alerts", token=here.token("advisor")).text
    assert "Signed in as Teacher · Teacher" in pages["teacher"]
    assert 'name="actor"' not in pages["teacher"]


def test_who_may_not_answer_is_not_asked_to(here: Door) -> None:
    pages = {role: here.ask("/", token=here.token(role)).text for role in ROLES}
    for role in ("teacher", "read-only"):
        assert "See this alert" in pages[role] and "Answer this alert" not in pages[role], role
    for role in ("owner", "operator", "advisor"):
        assert "Answer this alert" in pages[role] and "See this alert" not in pages[role], role
    refused = here.ask("/policy", token=here.token("teacher"), headers={"accept-language": "zh-CN"}).text
    assert "teacher" not in refused.split("<main")[1].split("</main>")[0]


def test_the_name_that_acts_is_that_of_the_session_whatever_was_typed(here: Door) -> None:
    typed = {"staycourse_actor": "somebody-else"}
    said = here.ask("/alerts", token=here.token("advisor"), cookies=typed)
    assert "You act as advisor." in said.text
    here.ask(f"/alerts/{0:032x}", method="POST", token=here.token("advisor"), data={"action": "take"}, cookies=typed)
    assert here.alerts.done[-1] == (f"{0:032x}", "take", "advisor", None)


def test_a_teacher_sees_the_learners_of_their_course_only(here: Door) -> None:
    token, desk = here.token("teacher"), PlainDesk()
    all_rows = [row for page in range(1, 9) for row in desk.today("main", TodayFilter(page=page)).rows]
    mine = {row.learner for row in all_rows if row.course == TAUGHT}
    others = {row.learner for row in all_rows if row.course != TAUGHT} - mine
    today = here.ask("/", token=token).text
    assert any(f"/learners/{learner}" in today for learner in mine)
    assert not any(f'/learners/{learner}"' in today for learner in others)
    assert "Python for working people" not in today
    for path in ("/learners/", "/timelines/"):
        for learner in sorted(others)[:3]:
            said = here.ask(f"{path}{quote(learner, safe='')}?before=2014-03-01", token=token)
            assert said.status_code in (200, 404)
            assert "PY-2" not in said.text
            assert "AAA 2014J" not in said.text


def test_a_script_of_a_page_is_led_to_the_sign_in_by_itself(here: Door) -> None:
    said = here.ask(
        "/alerts", headers={"hx-request": "true", "hx-current-url": "http://127.0.0.1:8765/alerts?state=open"}
    )
    assert said.status_code == 401
    assert said.headers["hx-redirect"] == "/sign-in?back=/alerts%3Fstate%3Dopen"


def test_without_anybody_a_console_on_loopback_stays_open(tmp_path: Path) -> None:
    with door(tmp_path, people=False) as opened:
        assert opened.ask("/").status_code == 200
        assert 'name="actor"' in opened.ask("/").text
        assert opened.ask("/sign-in").headers["location"] == "/"


def test_a_console_that_others_reach_asks_everybody(tmp_path: Path) -> None:
    with door(tmp_path, people=False, remote=True) as opened:
        assert opened.ask("/").headers["location"] == "/sign-in"


def test_the_first_person_closes_the_console_at_once(tmp_path: Path) -> None:
    with door(tmp_path, people=False) as opened:
        assert opened.ask("/").status_code == 200
        opened.porter.members.add("main", "me", "", "owner", "x", [], opened.clock.now())
        assert opened.ask("/").status_code == 303
