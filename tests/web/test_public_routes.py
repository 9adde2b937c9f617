"""The learner's pages: what each link does, and what no link does."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from public_pages import HOME_LINK, LEARNER, ORIGIN, app_of, ask, public_home, token_for
from sqlalchemy import select

from staycourse.adapters.store import LawBook, schema
from staycourse.app.care import Hearing, Links
from staycourse.care import EVERYTHING
from staycourse.kernel import BadInput
from staycourse.web.limits import MOST_KNOWN, Limit

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}
SUBSCRIPTION = {
    "endpoint": "https://push.example/abc",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    made = public_home(tmp_path / "home")
    yield made
    made.care.home.close()


@pytest.fixture
def app(hearing: Hearing) -> FastAPI:
    return app_of(hearing)


def consents(hearing: Hearing) -> list[tuple[str, str, bool, str]]:
    rows = hearing.care.people.consents("main", LEARNER)
    return [(row["channel"], row["purpose"], row["granted"], row["source"]) for row in rows]


def verbs(hearing: Hearing) -> list[str]:
    return [event.verb for event in hearing.care.facts.outward("main", 100)]


def test_a_scanner_that_follows_the_link_unsubscribes_nobody(hearing: Hearing, app: FastAPI) -> None:
    page = ask(app, f"/l/{token_for(hearing, 'unsubscribe', 'email')}")
    assert page.status_code == 200 and page.text.count("<button") == 1 and "Riverside School" in page.text
    assert consents(hearing) == [] and verbs(hearing) == []
    assert hearing.care.journeys.active("main", [LEARNER])


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_unsubscribes_at_once_and_once(hearing: Hearing, app: FastAPI, form: str) -> None:
    path = f"/l/{token_for(hearing, 'unsubscribe', 'email')}"
    body, kind = ONE_CLICK, FORM
    if form == "multipart":
        body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        kind = {"content-type": "multipart/form-data; boundary=x"}
    for _ in range(2):
        answer = ask(app, path, method="POST", content=body, headers=kind)
        assert answer.status_code == 200, "and no redirect (RFC 8058, 3.2)"
    assert consents(hearing) == [("email", EVERYTHING, False, "unsubscribe link")]
    assert verbs(hearing) == ["unsubscribed"]
    assert not hearing.care.journeys.active("main", [LEARNER])


def test_a_post_that_is_not_one_click_does_nothing(hearing: Hearing, app: FastAPI) -> None:
    path = f"/l/{token_for(hearing, 'unsubscribe', 'email')}"
    assert ask(app, path, method="POST", content=b"x=1", headers=FORM).status_code == 422
    assert consents(hearing) == []


def test_preferences_say_and_keep_what_is_wanted(hearing: Hearing, app: FastAPI) -> None:
    path = f"/l/{token_for(hearing, 'preferences')}"
    before = ask(app, path).text
    assert re.findall(r'value="([a-z:]+)"( checked)?', before) == [
        ("inbox:care", " checked"), ("inbox:marketing", ""), ("email:care", " checked"), ("email:marketing", "")
    ]  # fmt: skip
    done = ask(app, path, method="POST", data={"wish": ["inbox:care", "inbox:marketing"]})
    assert done.status_code == 200 and "Saved" in done.text
    granted = {(wish.channel, wish.purpose) for wish in hearing.wishes("main", LEARNER) if wish.granted}
    assert granted == {("inbox", "care"), ("inbox", "marketing")}
    assert verbs(hearing) == ["unsubscribed"]
    ask(app, path, method="POST", data={"wish": ["email:care"]})
    granted = {(wish.channel, wish.purpose) for wish in hearing.wishes("main", LEARNER) if wish.granted}
    assert granted == {("email", "care")}


def test_an_answer_is_one_tap_and_changed_once(hearing: Hearing, app: FastAPI) -> None:
    path = f"/l/{token_for(hearing, 'survey', 'how_is_it_going')}"
    assert ask(app, path).text.count('name="answer"') == 11
    for value, kept in (("3", "3"), ("9", "9"), ("0", "9")):
        assert ask(app, path, method="POST", data={"answer": value}).status_code == 303
        assert f"you answered {kept}." in ask(app, path).text
    assert 'name="answer"' not in ask(app, path).text
    told = hearing.care.facts.outward("main", 10)
    assert [(event.verb, event.object, event.value) for event in told] == [
        ("survey_answered", "how_is_it_going", 3), ("survey_answered", "how_is_it_going", 9)
    ]  # fmt: skip
    assert hearing.care.facts.within("main", "answer:how_is_it_going", 9, 9) == {LEARNER}


@pytest.mark.parametrize("answer", ["", "11", "-1", "٣", "3.0", "x" * 100])
def test_no_other_answer_is_taken(hearing: Hearing, app: FastAPI, answer: str) -> None:
    path = f"/l/{token_for(hearing, 'survey', 'q')}"
    assert ask(app, path, method="POST", data={"answer": answer}).status_code == 422
    assert verbs(hearing) == []


def test_links_lead_only_where_the_policy_does(hearing: Hearing, app: FastAPI) -> None:
    for asked, led in (("https://school.example/classes", None), ("https://evil.example/", HOME_LINK), ("", HOME_LINK)):
        answer = ask(app, f"/l/{token_for(hearing, 'click', asked)}")
        assert answer.status_code == 302 and answer.headers["location"] == (led or asked)
    assert verbs(hearing) == ["contact_clicked"], "one message, noted once"
    assert ask(app, f"/l/{token_for(hearing, 'open')}").headers["content-type"] == "image/gif"


def test_the_inbox_is_read_and_marked(hearing: Hearing, app: FastAPI) -> None:
    data = {"link": "javascript:alert(1)"}
    hearing.care.inbox.put("main", LEARNER, "main:1:2:0", "Hello <b>", "text", data)
    hearing.care.inbox.put("main", "bob", "main:9:9:9", "private", "text", {})
    token = token_for(hearing, "inbox", until="2026-03-02")
    found = ask(app, f"/inbox/{token}").json()
    assert [(one["key"], one["link"], one["read"]) for one in found["messages"]] == [("main:1:2:0", "", None)]
    assert found["unread"] == 1
    assert ask(app, f"/inbox/{token}/main:1:2:0/read", method="POST").json() == {"done": True}
    assert ask(app, f"/inbox/{token}/main:9:9:9/read", method="POST").json() == {"done": False}
    assert ask(app, f"/inbox/{token}").json()["unread"] == 0
    assert ask(app, f"/inbox/{token_for(hearing, 'inbox', until='2026-03-01')}").status_code == 404, "too old"


def test_a_browser_is_kept_as_an_address(hearing: Hearing, app: FastAPI) -> None:
    path = f"/push/{token_for(hearing, 'push')}"
    for _ in range(2):
        assert ask(app, path, method="POST", content=json.dumps(SUBSCRIPTION).encode()).json() == {"done": True}
    kinds = [one.kind for one in hearing.person("main", LEARNER).addresses]
    assert sorted(kinds) == ["email", "webpush"]
    for wrong in (
        {},
        SUBSCRIPTION | {"endpoint": "http://push.example"},
        SUBSCRIPTION | {"keys": {"p256dh": "x", "auth": "y"}},
    ):
        assert ask(app, path, method="POST", content=json.dumps(wrong).encode()).status_code == 422
    for number in range(12):
        given_now = SUBSCRIPTION | {"endpoint": f"https://push.example/{number}"}
        ask(app, path, method="POST", content=json.dumps(given_now).encode())
    alive = [one for one in hearing.person("main", LEARNER).addresses if one.kind == "webpush" and not one.disabled]
    assert len(alive) == 10


def test_a_link_for_one_thing_does_no_other(hearing: Hearing, app: FastAPI) -> None:
    inbox, leave = token_for(hearing, "inbox"), token_for(hearing, "unsubscribe")
    assert ask(app, f"/l/{inbox}").status_code == 404
    assert ask(app, f"/inbox/{leave}").status_code == 404
    assert ask(app, f"/push/{inbox}", method="POST", content=json.dumps(SUBSCRIPTION).encode()).status_code == 404


def test_the_address_names_nobody(hearing: Hearing) -> None:
    token = token_for(hearing, "unsubscribe", "email")
    raw = base64.urlsafe_b64decode(token + "==")
    assert LEARNER.encode() not in raw and b"email" not in raw and LEARNER not in token
    assert token == token_for(hearing, "unsubscribe", "email"), "a message that is sent again is the same message"


@settings(max_examples=80)
@given(st.text(max_size=60) | st.integers(0, 1000).map(str))
def test_no_token_of_others_is_taken(text: str) -> None:
    links = Links("https://care.example", "secret")
    with pytest.raises(BadInput):
        links.read(text, date(2026, 1, 1))


def test_every_changed_letter_spoils_a_token(hearing: Hearing, app: FastAPI) -> None:
    token = token_for(hearing, "preferences")
    for place in range(0, len(token), 7):
        spoilt = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert ask(app, f"/l/{spoilt}", client=f"192.0.2.{place}").status_code == 404
    for odd in (token + "=", token + "A", token[:-1], " " + token):
        assert ask(app, f"/l/{odd}", client="192.0.2.250").status_code == 404


def test_of_an_erased_learner_nothing_comes_back(hearing: Hearing, app: FastAPI) -> None:
    home = hearing.care.home
    law = LawBook(home.database)
    law.begin("main", LEARNER, home.settings.clock.now())
    law.erase("main", LEARNER, {LEARNER})
    for action, sent in (("unsubscribe", ONE_CLICK), ("survey", b"answer=4"), ("preferences", b"wish=email:care")):
        path = f"/l/{token_for(hearing, action, 'email')}"
        assert ask(app, path, method="POST", content=sent, headers=FORM).status_code < 400, "nobody learns of it"
    ask(app, f"/push/{token_for(hearing, 'push')}", method="POST", content=json.dumps(SUBSCRIPTION).encode())
    ask(app, f"/l/{token_for(hearing, 'click')}")
    assert law.remaining("main", LEARNER) == {}


def test_guessing_is_slowed_and_a_provider_is_not(hearing: Hearing, app: FastAPI) -> None:
    codes = [ask(app, f"/l/guess{number}").status_code for number in range(40)]
    assert codes[0] == 404 and codes[-1] == 429
    assert ask(app, f"/l/{token_for(hearing, 'preferences')}").status_code == 200, "a good link still works from there"
    assert ask(app, "/l/guess", client="192.0.2.8").status_code == 404
    codes = [ask(app, f"/l/{token_for(hearing, 'preferences')}").status_code for _ in range(70)]
    assert codes[-1] == 429


def test_the_limit_forgets_and_is_bounded() -> None:
    moment = [0.0]
    limit = Limit(2, 60, time=lambda: moment[0])
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    moment[0] = 1.0
    assert limit.take("a") and not limit.take("a")
    for number in range(MOST_KNOWN + 5):
        limit.take(str(number))
    assert len(limit._known) == MOST_KNOWN


def test_every_answer_is_hardened_and_sets_no_cookie(hearing: Hearing, app: FastAPI) -> None:
    paths = (f"/l/{token_for(hearing, 'preferences')}", "/l/nonsense", "/nowhere", "/static/public.css", "/inbox/x")
    for path in paths:
        answer = ask(app, path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["referrer-policy"] == "no-referrer" and "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(app, paths[0]).headers["cache-control"] == "no-store"


def test_what_is_too_large_is_refused(hearing: Hearing, app: FastAPI) -> None:
    path = f"/l/{token_for(hearing, 'survey', 'q')}"
    assert ask(app, path, method="POST", content=b"answer=" + b"1" * 9000, headers=FORM).status_code == 422
    assert ask(app, "/l/" + "a" * 5000).status_code == 414
    assert ask(app, "/l/" + "a" * 3000).status_code == 404


def test_only_named_sites_may_read_the_inbox(hearing: Hearing, app: FastAPI) -> None:
    path = f"/inbox/{token_for(hearing, 'inbox')}"
    assert ask(app, path, headers={"origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in ask(app, path, headers={"origin": "https://evil.example"}).headers
    assert ask(app, "/static/inbox.js").headers["access-control-allow-origin"] == "*"


def test_the_console_is_not_here(app: FastAPI) -> None:
    for path in ("/", "/learners/ada", "/alerts", "/docs", "/static/../site.py", "/static/site.py"):
        assert ask(app, path).status_code == 404, path


@pytest.mark.parametrize(("language", "word"), [("en", "What you receive"), ("zh-CN", "接收哪些消息")])
def test_pages_speak_the_learners_language(tmp_path: Path, language: str, word: str) -> None:
    hearing = public_home(tmp_path / "other", language=language)
    answer = ask(app_of(hearing), f"/l/{token_for(hearing, 'preferences')}", headers={"accept-language": "fr"})
    assert word in answer.text and f'lang="{language}"' in answer.text
    hearing.care.home.close()


def test_who_is_not_known_is_spoken_to_as_the_browser_asks(hearing: Hearing, app: FastAPI) -> None:
    path = f"/l/{token_for(hearing, 'preferences', learner='bob')}"
    assert "接收哪些消息" in ask(app, path, headers={"accept-language": "zh-CN"}).text


def test_the_store_holds_what_was_heard(hearing: Hearing, app: FastAPI) -> None:
    ask(app, f"/l/{token_for(hearing, 'unsubscribe')}", method="POST", content=ONE_CLICK, headers=FORM)
    with hearing.care.home.database.reading() as connection:
        [journey] = connection.execute(select(schema.journeys)).mappings().all()
    assert (journey["state"], journey["reason"]) == ("left", "unsubscribe")
    assert consents(hearing)[0][:3] == (EVERYTHING, EVERYTHING, False)
