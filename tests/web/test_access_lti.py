"""Launches from a platform that is played for real, honest and tampered with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from doors import HASH, Door
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import KeySet
from lti_platform import (
    ADMINISTRATOR,
    INSTRUCTOR,
    KEY,
    LEARNER,
    LTI,
    MEMBERSHIP,
    OTHER_KEY,
    PlayedPlatform,
    played_platform,
)
from plain import NOW, PlainDesk
from plain_care import PlainAlerts, plain_care

from staycourse.adapters.platforms import KeysFault, fetch_keys
from staycourse.adapters.store.care import AuditLog
from staycourse.app.access import Porter
from staycourse.app.access.lti import Launches, LaunchRefused, PlatformKeys, Platforms, home_launches
from staycourse.app.access.lti.claims import read_claims, role_of
from staycourse.app.access.lti.keys import usable
from staycourse.app.access.lti.platforms import checked_url
from staycourse.app.homes import Home, open_home
from staycourse.desk import Platform
from staycourse.events import Course
from staycourse.kernel import BadInput, FixedClock, Settings
from staycourse.web import console_app

URL = "https://console.example.org"
REFUSED = "This launch was not accepted"


@dataclass
class Dance:
    """A console with one registered platform."""

    door: Door
    home: Home
    platform: PlayedPlatform
    launches: Launches
    clock: FixedClock

    def begin(self, **more: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the question to the platform, and the cookies that the browser keeps."""
        said = self.door.ask(f"/lti/login?{self.platform.login_query(**more)}", base=URL)
        assert said.status_code == 302, said.text
        name, _, value = said.headers["set-cookie"].partition(";")[0].partition("=")
        return dict(parse_qsl(urlsplit(said.headers["location"]).query)), {name: value}

    def launch(self, state: str, id_token: str, cookies: dict[str, str]) -> httpx.Response:
        """Post the platform's answer, as its page does."""
        foreign = {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}
        return self.door.ask("/lti/launch", method="POST", base=URL, data={"state": state, "id_token": id_token},
                             cookies=cookies, headers=foreign)  # fmt: skip

    def whole(self, **claims: Any) -> httpx.Response:
        """Launch with those claims."""
        question, cookies = self.begin()
        return self.launch(question["state"], self.platform.token(question, **claims), cookies)


def session_of(said: httpx.Response) -> str:
    found: list[str] = re.findall(r"__Host-staycourse=([^;\"]+)", str(said.headers.get_list("set-cookie")))
    return found[0]


@pytest.fixture
def dance(tmp_path: Path) -> Iterator[Dance]:
    clock = FixedClock(NOW)
    settings = Settings(tmp_path / "home", "main", "UTC", clock, 1, 1, console_url=URL)
    with ExitStack() as stack:
        home = stack.enter_context(open_home(settings, writing=False))
        platform = stack.enter_context(played_platform(lambda: clock.now().timestamp()))
        home.store.put_courses("main", [Course(course="ENG-1", title="English"), Course(course="PY-2", title="Python")])
        Platforms(home, "test").add(
            "moodle", issuer=platform.base, client_id="tool-1", login_url=f"{platform.base}/auth?x=1", token_url="",
            keys_url=platform.keys_url, keys={}, deployments=["1"], administrators="operator", course_from="context",
        )  # fmt: skip
        porter = Porter(home.database, "main", clock, remote=True)
        porter.members.add("main", "owner", "", "owner", HASH, [], NOW)
        launches, alerts = home_launches(home, porter), PlainAlerts()
        app = console_app(PlainDesk(), tenant="main", clock=clock, care=plain_care(), porter=porter, launches=launches,
                          console_url=URL)  # fmt: skip
        yield Dance(Door(home.database, porter, app, clock, alerts), home, platform, launches, clock)


def test_a_teacher_comes_in_and_sees_the_course_that_was_launched(dance: Dance) -> None:
    question, cookies = dance.begin()
    assert question["response_mode"] == "form_post"
    assert question["x"] == "1"
    assert (question["redirect_uri"], question["client_id"]) == (f"{URL}/lti/launch", "tool-1")
    assert (question["login_hint"], question["lti_message_hint"]) == ("42", "m-1")
    said = dance.launch(question["state"], dance.platform.token(question), cookies)
    assert said.status_code == 303
    assert said.headers["location"] == "/?course=ENG-1"
    page = dance.door.ask("/", base=URL, token=session_of(said)).text
    assert "Signed in as 王老师 · Teacher" in page
    assert "Python for working people" not in page
    line = AuditLog(dance.home.database).read("main", limit=1)[0]
    assert (line["actor"], line["action"]) == ("王老师 (moodle:42)", "sign_in")
    assert line["details"]["course"] == "ENG-1"


def test_the_cookie_of_a_launch_goes_with_the_platforms_form_and_nowhere_else(dance: Dance) -> None:
    said = dance.door.ask("/lti/login", method="POST", base=URL, data=dict(parse_qsl(dance.platform.login_query())),
                          headers={"origin": dance.platform.base, "sec-fetch-site": "cross-site"})  # fmt: skip
    cookie = said.headers["set-cookie"]
    for part in ("HttpOnly", "Secure", "SameSite=none", "Path=/lti/launch", "Max-Age=600"):
        assert part in cookie, part


def test_an_administrator_is_what_the_operator_said(dance: Dance) -> None:
    said = dance.whole(**{LTI + "roles": [ADMINISTRATOR], LTI + "context": None})
    assert said.headers["location"] == "/"
    assert "· Operator" in dance.door.ask("/policy", base=URL, token=session_of(said)).text


def test_a_learner_gets_a_clear_page_and_no_session(dance: Dance) -> None:
    for roles in ([LEARNER], [], ["urn:unknown"], [f"{MEMBERSHIP}#Mentor"]):
        said = dance.whole(**{LTI + "roles": roles})
        assert said.status_code == 200
        assert "This is a tool for teachers" in said.text
        assert "__Host-staycourse" not in str(said.headers.get_list("set-cookie"))


def test_a_course_that_is_not_known_is_said_so(dance: Dance) -> None:
    said = dance.whole(**{LTI + "context": {"id": "77"}})
    assert said.status_code == 200
    assert "This course is not known here yet" in said.text
    assert "77" in said.text
    Platforms(dance.home, "test").name_course("moodle", "77", "PY-2")
    assert dance.whole(**{LTI + "context": {"id": "77"}}).headers["location"] == "/?course=PY-2"


def test_courses_of_several_launches_hold_together_until_each_is_too_old(dance: Dance) -> None:
    dance.whole()
    Platforms(dance.home, "test").name_course("moodle", "77", "PY-2")
    token = session_of(dance.whole(**{LTI + "context": {"id": "77"}}))
    reader = dance.door.porter.look(token).reader
    assert reader is not None and reader.courses == ("ENG-1", "PY-2")


TAMPERED: dict[str, dict[str, Any]] = {
    "audience": {"aud": "another-tool"},
    "audience-more": {"aud": ["tool-1", "another-tool"]},
    "audience-none": {"aud": []},
    "party": {"azp": "another-tool"},
    "issuer": {"iss": "https://evil.test"},
    "nonce": {"nonce": "made-up"},
    "expired": {"exp": int(NOW.timestamp()) - 120},
    "issued": {"iat": int(NOW.timestamp()) - 3_600},
    "issued-later": {"iat": int(NOW.timestamp()) + 3_600},
    "too-early": {"nbf": int(NOW.timestamp()) + 3_600},
    "deployment": {LTI + "deployment_id": "2"},
    "message": {LTI + "message_type": "LtiDeepLinkingRequest"},
    "version": {LTI + "version": "1.1"},
    "claims-no-sub": {"sub": None},
    "subject": {"sub": ""},
    "subject-long": {"sub": "x" * 256},
    "claims-roles": {LTI + "roles": None},
    "claims-roles-type": {LTI + "roles": "Instructor"},
    "claims-link": {LTI + "resource_link": None},
    "claims-exp": {"exp": None},
    "claims-context": {LTI + "context": {"label": "x"}},
    "context": {LTI + "context": {"id": ""}},
}


@pytest.mark.parametrize("case", TAMPERED)
def test_whatever_is_not_as_it_must_be_is_refused_in_one_page(dance: Dance, case: str) -> None:
    refused(dance.whole(**TAMPERED[case]), case.partition("-")[0] if case != "too-early" else case)


def refused(said: httpx.Response, why: str) -> None:
    assert said.status_code == 403
    assert REFUSED in said.text
    assert f"For whoever runs it: {why}" in said.text
    assert "__Host-staycourse" not in str(said.headers.get_list("set-cookie"))


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": KEY.kid}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def signed_with_the_public_key(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": KEY.kid}).encode()).rstrip(b"=").decode()
    told = f"{header}.{token.split('.')[1]}"
    mark = hmac.digest(KEY.as_pem(private=False), told.encode(), hashlib.sha256)
    return f"{told}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def with_other_claims(token: str) -> str:
    header, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    told[LTI + "roles"] = [ADMINISTRATOR]
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (unsigned, "algorithm"), (signed_with_the_public_key, "algorithm"), (with_other_claims, "signature"),
        (lambda token: token[:-4] + "AAAA", "signature"), (lambda token: "", "token"),
        (lambda token: "x.y.z", "algorithm"),
        (lambda token: token + ".x", "token"), (lambda token: "a" * 40_000, "token"),
        (lambda token: "é.é.é", "algorithm"),
    ],
)  # fmt: skip
def test_a_token_that_the_platform_did_not_sign_is_refused(dance: Dance, change: Any, why: str) -> None:
    question, cookies = dance.begin()
    refused(dance.launch(question["state"], change(dance.platform.token(question)), cookies), why)


def test_a_key_of_another_platform_or_one_named_in_the_token_is_refused(dance: Dance) -> None:
    dance.platform.key = OTHER_KEY
    refused(dance.whole(), "key")
    question, cookies = dance.begin()
    forged = dance.platform.token(question, header={"kid": KEY.kid})
    refused(dance.launch(question["state"], forged, cookies), "signature")
    question, cookies = dance.begin()
    own = {"jwk": OTHER_KEY.as_dict(private=False), "jku": dance.platform.keys_url}
    refused(dance.launch(question["state"], dance.platform.token(question, header=own), cookies), "key")


def test_a_launch_is_good_once(dance: Dance) -> None:
    question, cookies = dance.begin()
    token = dance.platform.token(question)
    assert dance.launch(question["state"], token, cookies).status_code == 303
    refused(dance.launch(question["state"], token, cookies), "replay")


def test_a_launch_belongs_to_the_browser_that_asked(dance: Dance) -> None:
    question, cookies = dance.begin()
    token = dance.platform.token(question)
    refused(dance.launch(question["state"], token, {}), "browser")
    refused(dance.launch(question["state"], token, dict.fromkeys(cookies, "made-up")), "browser")
    _, others = dance.begin()
    refused(dance.launch(question["state"], token, {next(iter(cookies)): next(iter(others.values()))}), "browser")
    refused(dance.launch(question["state"][:-3] + "AAA", token, cookies), "state")
    refused(dance.launch("", token, cookies), "state")
    assert dance.launch(question["state"], token, cookies).status_code == 303, "none of these used it up"


def test_an_answer_to_another_question_is_refused(dance: Dance) -> None:
    first, _ = dance.begin()
    second, cookies = dance.begin()
    refused(dance.launch(second["state"], dance.platform.token(first), cookies), "nonce")


def test_a_launch_that_takes_too_long_is_refused(dance: Dance) -> None:
    question, cookies = dance.begin()
    object.__setattr__(dance.clock, "instant", NOW + timedelta(minutes=11))
    refused(dance.launch(question["state"], dance.platform.token(question), cookies), "late")


@pytest.mark.parametrize(
    "more",
    [{"iss": "https://evil.test"}, {"client_id": "other"}, {"login_hint": ""}, {"lti_deployment_id": "9"}, {"iss": ""}],
)
def test_a_platform_that_nobody_registered_is_asked_nothing(dance: Dance, more: dict[str, str]) -> None:
    refused(dance.door.ask(f"/lti/login?{dance.platform.login_query(**more)}", base=URL), "platform")


def test_in_a_frame_a_way_into_a_window_of_its_own_is_shown(dance: Dance) -> None:
    said = dance.door.ask(f"/lti/login?{dance.platform.login_query()}", base=URL, headers={"sec-fetch-dest": "iframe"})
    assert said.status_code == 200
    assert 'target="_blank" rel="noopener"' in said.text
    assert "set-cookie" not in said.headers
    assert "frame-ancestors *" in said.headers["content-security-policy"]
    assert "x-frame-options" not in said.headers
    assert "frame-ancestors 'none'" in dance.door.ask("/sign-in", base=URL).headers["content-security-policy"]


def test_our_own_keys_are_public_and_only_public(dance: Dance) -> None:
    said = dance.door.ask("/lti/jwks", base=URL)
    (key,) = said.json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert dance.door.ask("/lti/jwks", base=URL).json() == said.json()
    assert (dance.home.path / "lti-key.json").stat().st_mode & 0o077 == 0


def test_a_new_key_of_the_platform_is_found_and_asked_for_only_now_and_then(dance: Dance) -> None:
    time = [1_000.0]
    keys = PlatformKeys(fetch_keys, lambda: time[0])
    (platform,) = Platforms(dance.home, "test").list()
    question, _ = dance.begin()
    assert keys.read(platform, dance.platform.token(question)).sub == "42"
    dance.platform.key = OTHER_KEY
    dance.platform.keys = json.dumps(KeySet([OTHER_KEY]).as_dict(private=False)).encode()
    before = dance.platform.asked
    for _ in range(5):
        with pytest.raises(LaunchRefused):
            keys.read(platform, dance.platform.token(question))
    assert dance.platform.asked == before, "just asked"
    time[0] += 61
    assert keys.read(platform, dance.platform.token(question)).sub == "42"
    dance.platform.status = 500
    time[0] += 7_200
    assert keys.read(platform, dance.platform.token(question)).sub == "42", "old keys while there are no others"
    time[0] += 86_400
    with pytest.raises((KeysFault, LaunchRefused)):
        keys.read(platform, dance.platform.token(question))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 1}', b"{" * 50_000, b"x" * 70_000, b"\xff"])
def test_keys_that_are_none_are_refused(dance: Dance, body: bytes) -> None:
    dance.platform.keys = body
    with pytest.raises(KeysFault):
        fetch_keys(dance.platform.keys_url)


def test_no_redirect_is_followed(dance: Dance) -> None:
    dance.platform.status, dance.platform.moved = 302, f"{dance.platform.base}/elsewhere"
    with pytest.raises(KeysFault, match="302"):
        fetch_keys(dance.platform.keys_url)
    with pytest.raises(KeysFault, match="does not answer"):
        fetch_keys("http://127.0.0.1:1/keys")


def test_weak_and_foreign_keys_are_not_used() -> None:
    good = KEY.as_dict(private=False)
    weak = good | {"kid": "weak", "n": good["n"][:170]}
    told = [
        weak, good | {"kid": "enc", "use": "enc"}, good | {"kid": "hs", "alg": "HS256"}, {"kty": "oct"}, 1,
        good | {"kid": 5}, good | {"kid": "n", "n": "!"}, good | {"kid": "m", "n": 5}, {"kty": "RSA", "kid": "x"}, good,
    ]  # fmt: skip
    assert set(usable({"keys": told})) == {KEY.kid}


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([INSTRUCTOR], "teacher"), ([LEARNER], ""), ([LEARNER, INSTRUCTOR], "teacher"), (["Instructor"], "teacher"),
        ([f"{MEMBERSHIP}/Instructor#TeachingAssistant"], "teacher"), ([f"{MEMBERSHIP}#Administrator"], "teacher"),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor", LEARNER], ""),
        ([ADMINISTRATOR], "operator"), ([ADMINISTRATOR, LEARNER], "operator"),
        ([INSTRUCTOR, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"], ""),
        ([f"{MEMBERSHIP}#ContentDeveloper"], ""), ([f"{MEMBERSHIP}/Learner#Instructor"], ""), ([], ""),
    ],
)  # fmt: skip
def test_roles_are_those_of_the_course(roles: list[str], role: str) -> None:
    assert role_of(roles, "operator") == role
    assert role_of(roles, "teacher") == ("teacher" if role else "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
HONEST = PlayedPlatform("https://p.test", NOW.timestamp).said({"client_id": "c", "nonce": "n"})


@given(st.dictionaries(st.sampled_from(sorted(HONEST)), JSON, max_size=5))
def test_any_claims_are_read_or_refused(told: dict[str, Any]) -> None:
    try:
        token = read_claims(HONEST | told)
    except LaunchRefused as refusal:
        assert refusal.where == "claims"
    else:
        assert isinstance(token.sub, str)


@pytest.mark.parametrize(
    "url",
    [
        "http://p.test/", "ftp://p.test", "https://", "https://u:p@p.test/", "x", "https://a b", "http://10.0.0.1/",
        "https://p.test/#x", "https://[", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_only_addresses_over_tls_are_registered(url: str) -> None:
    with pytest.raises(BadInput):
        checked_url(url, "--keys-url")


def test_a_platform_is_a_way_in_that_closes_an_open_console(dance: Dance) -> None:
    dance.door.porter.members.remove("main", "owner")
    assert Porter(dance.home.database, "main", dance.clock, remote=False).look("").must_sign_in
    assert isinstance(Platforms(dance.home, "test").list()[0], Platform)
