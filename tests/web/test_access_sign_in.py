"""Signing in and out, as browsers do it: what is said, what is kept, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from doors import BASE, PASSWORD, Door, door

from staycourse.adapters.store import schema
from staycourse.adapters.store.care import AuditLog

AWAY = "https://console.example.org"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Door]:
    with door(tmp_path, console_url=AWAY) as opened:
        yield opened


def cookie(answer: object) -> str:
    return str(getattr(answer, "headers")["set-cookie"])  # noqa: B009


def test_who_signs_in_is_led_to_where_they_wanted_to_go(here: Door) -> None:
    form = here.ask("/sign-in?back=/alerts%3Fstate%3Dopen").text
    assert 'name="to" value="/alerts?state=open"' in form
    said = here.sign_in(" Owner ", to="/alerts?state=open")
    assert said.status_code == 303
    assert said.headers["location"] == "/alerts?state=open"
    token = re.findall(r"staycourse_session=([^;]+)", cookie(said))[0]
    assert "HttpOnly" in cookie(said)
    assert "SameSite=lax" in cookie(said)
    assert "Secure" not in cookie(said)
    assert here.ask("/", token=token).status_code == 200
    assert here.ask("/sign-in", token=token).headers["location"] == "/"


def test_over_tls_the_cookie_is_for_this_host_and_for_tls_alone(here: Door) -> None:
    said = here.ask("/sign-in", method="POST", base=AWAY, data={"login": "owner", "password": PASSWORD})
    assert said.status_code == 303
    assert cookie(said).startswith("__Host-staycourse=")
    assert "Secure" in cookie(said)
    assert "Path=/" in cookie(said)
    assert "Domain" not in cookie(said)


def test_an_unknown_name_and_a_wrong_password_are_told_alike(here: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    real = Argon2id.verify_phc_encoded

    def verify(given: bytes, kept: str) -> None:
        checked.append(kept.split("$")[3])
        real(given, kept)

    monkeypatch.setattr(Argon2id, "verify_phc_encoded", staticmethod(verify))
    unknown, wrong = here.sign_in("nobody", "x" * 20), here.sign_in("owner", "x" * 20)
    assert unknown.status_code == wrong.status_code == 403
    assert unknown.text.replace("nobody", "owner") == wrong.text
    assert "set-cookie" not in unknown.headers
    assert len(checked) == 2
    assert checked[0] == checked[1], "the same work is done for both"
    lines = AuditLog(here.database).read("main")
    assert [(line["actor"], line["action"]) for line in lines] == [
        ("owner", "sign_in.refused"), ("?", "sign_in.refused"),
    ]  # fmt: skip


def test_nothing_that_was_typed_as_a_name_or_password_is_written_down(here: Door) -> None:
    here.sign_in("my secret words", "my other words")
    with here.database.reading() as connection:
        for table in (schema.audit, schema.tries):
            assert "words" not in str(connection.execute(table.select()).all())


def test_tries_are_bounded_by_name_and_by_address(here: Door) -> None:
    for _ in range(10):
        here.porter.tries.count("main", "127.0.0.1 owner", here.clock.now(), timedelta(minutes=15))
    said = here.sign_in("owner")
    assert said.status_code == 429
    assert said.headers["retry-after"] == "900"
    assert "quarter of an hour" in said.text
    assert here.sign_in("advisor").status_code == 303, "another name is not touched"
    for _ in range(30):
        here.porter.tries.count("main", "from 127.0.0.1", here.clock.now(), timedelta(minutes=15))
    assert here.sign_in("advisor").status_code == 429


def test_signing_out_ends_the_session_for_whoever_has_its_token(here: Door) -> None:
    token = here.token("advisor")
    said = here.ask("/sign-out", method="POST", token=token)
    assert said.headers["location"] == "/sign-in"
    assert 'staycourse_session=""' in said.headers["set-cookie"] or "staycourse_session=;" in said.headers["set-cookie"]
    assert here.ask("/", token=token).status_code == 303


def test_who_was_signed_out_meanwhile_is_told_that_nothing_was_done_and_led_back(here: Door) -> None:
    form = {"referer": "http://127.0.0.1:8765/alerts?state=open", "host": "127.0.0.1:8765"}
    said = here.ask("/alerts/a", method="POST", data={"action": "take"}, headers=form)
    assert said.headers["location"] == "/sign-in?back=/alerts%3Fstate%3Dopen"
    assert "staycourse_notice=not_signed_in.stop" in said.headers["set-cookie"]
    told = here.ask(said.headers["location"], cookies={"staycourse_notice": "not_signed_in.stop"}).text
    assert "nothing was changed" in told and 'name="to" value="/alerts?state=open"' in told
    for referer in ("https://evil.test/x", "http://127.0.0.1:1/x", "nonsense", "http://["):
        said = here.ask("/alerts/a", method="POST", data={}, headers=form | {"referer": referer})
        assert said.headers["location"] == "/sign-in"
    assert "set-cookie" not in here.ask("/sign-out", method="POST").headers, "that is done already"


def test_signing_in_again_ends_the_session_before(here: Door) -> None:
    token = here.token("advisor")
    said = here.ask("/sign-in", method="POST", token=token, data={"login": "owner", "password": PASSWORD})
    assert said.status_code == 303
    assert here.ask("/", token=token).status_code == 303
    assert token not in cookie(said), "a token that somebody gave is never taken over"


def test_another_password_ends_every_other_session(here: Door) -> None:
    before, mine = here.token("advisor"), here.sign_in("advisor")
    token = re.findall(r"staycourse_session=([^;]+)", cookie(mine))[0]
    wrong = here.ask("/account", method="POST", token=token, data={"password": "no", "new": "another good phrase"})
    assert wrong.status_code == 403
    short = here.ask("/account", method="POST", token=token, data={"password": PASSWORD, "new": "short"})
    assert short.status_code == 422
    done = here.ask("/account", method="POST", token=token, data={"password": PASSWORD, "new": "another good phrase"})
    assert done.status_code == 303
    fresh = re.findall(r"staycourse_session=([^;]+)", str(done.headers.get_list("set-cookie")))[0]
    assert [here.ask("/", token=one).status_code for one in (before, token, fresh)] == [303, 303, 200]
    assert here.sign_in("advisor").status_code == 403
    assert here.sign_in("advisor", "another good phrase").status_code == 303


@pytest.mark.parametrize(
    "back", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nb", "\x00"]
)
def test_nobody_is_led_away_after_signing_in(here: Door, back: str) -> None:
    assert here.sign_in("owner", to=back).headers["location"] == "/"
    assert "evil" not in here.ask("/sign-in", headers={}).text


def test_another_site_cannot_sign_somebody_in_or_out(here: Door) -> None:
    foreign = {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}
    for path in ("/sign-in", "/sign-out", "/account"):
        said = here.ask(path, method="POST", data={"login": "owner", "password": PASSWORD}, headers=foreign)
        assert said.status_code == 403
        assert "set-cookie" not in said.headers


def test_only_the_consoles_own_address_is_answered(here: Door) -> None:
    assert here.ask("/sign-in", base=AWAY).status_code == 200
    assert here.ask("/sign-in", base="https://console.example.org:8443").status_code == 421
    assert here.ask("/sign-in", base="https://evil.test").status_code == 421
    plain = {"origin": "http://console.example.org", "sec-fetch-site": "same-origin"}
    assert here.ask("/sign-in", method="POST", base=AWAY, headers=plain, data={"login": "x"}).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5_000, "é" * 10, "' OR 1=1"])
def test_a_made_up_token_opens_nothing(here: Door, token: str) -> None:
    kept = token.encode("utf-8").decode("latin-1")
    assert here.ask("/", headers={"cookie": f"staycourse_session={kept}"} if token.isascii() else {}).status_code == 303


def test_a_form_in_the_page_is_labelled_and_says_what_was_wrong(here: Door) -> None:
    page = here.sign_in("owner", "wrong").text
    assert 'role="alert"' in page
    assert 'autocomplete="current-password"' in page
    assert 'value="owner"' in page
    assert "wrong" not in re.sub(r"class=\"[^\"]*\"", "", page.split('<form method="post" action="/sign-in"')[1])
    assert BASE not in page
