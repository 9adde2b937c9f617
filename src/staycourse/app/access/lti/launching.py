"""A launch from beginning to end: the platform's call, our question to it, its answer, a session.

1EdTech LTI Core 1.3, 5.1 (OpenID Connect third-party login). What we asked travels in `state`, sealed, and is bound to
the browser by a cookie: nothing is written for whoever merely begins.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from staycourse.adapters.store.doors import MemberBook, PlatformBook
from staycourse.app.access.lti.claims import OLDEST, IdToken, LaunchRefused, course_of, judge, role_of
from staycourse.app.access.lti.keys import PlatformKeys, tool_keys
from staycourse.app.access.porter import Porter, login_of
from staycourse.app.care.links import home_secret
from staycourse.app.homes.home import Home
from staycourse.app.intake.arrivals import LTI, note_arrival
from staycourse.desk import TEACHER, Platform
from staycourse.kernel import natural_id

ASKED = timedelta(minutes=10)
"""Within this time the platform must have answered."""

LONGEST_HINT = 4_000


@dataclass(frozen=True, slots=True)
class LoginAsked:
    """What a platform calls with (Core 1.3, 5.1.1)."""

    issuer: str
    login_hint: str
    target: str
    message_hint: str = ""
    client_id: str = ""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where the browser is sent to, and the cookie by which it is known again."""

    address: str
    cookie: str
    value: str


@dataclass(frozen=True, slots=True)
class Admission:
    """Who came. `token` is that of their session, "" for a learner. `course` is the one of ours, `known` whether there
    is such a one here; `context` is what the platform calls it."""

    token: str
    role: str
    course: str
    known: bool
    context: str


class _State(msgspec.Struct, array_like=True, frozen=True):
    platform: str
    nonce: str
    binding: str
    until: float


class Launches:
    """The launches of one home's tenant."""

    def __init__(self, home: Home, porter: Porter, keys: PlatformKeys) -> None:
        self._home, self._porter, self._keys = home, porter, keys
        self._platforms, self._members = PlatformBook(home.database), MemberBook(home.database)
        secret = home.settings.secret or home_secret(home.path)
        self._secret = hashlib.sha512(b"staycourse.lti\0" + secret.encode()).digest()

    def keys(self) -> dict[str, object]:
        """Return our own public keys."""
        return tool_keys(self._home.path)

    def platform(self, asked: LoginAsked) -> Platform:
        """Return the platform that calls; LaunchRefused for one that nobody registered."""
        fitting = [
            one
            for one in self._platforms.platforms(self._home.tenant)
            if one.issuer == asked.issuer and asked.client_id in ("", one.client_id)
            and asked.deployment in ("", *one.deployments)
        ]  # fmt: skip
        if len(fitting) != 1 or not asked.login_hint:
            raise LaunchRefused("this platform is not registered here", where="platform")
        return fitting[0]

    def begin(self, asked: LoginAsked, launch_url: str) -> Redirection:
        """Return the question to the platform: who is it? (Core 1.3, 5.1.1.2)."""
        platform = self.platform(asked)
        binding, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        until = (self._home.settings.clock.now() + ASKED).timestamp()
        state = self._sealed(_State(platform.platform, nonce, _mark(binding), until))
        question = {
            "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
            "client_id": platform.client_id, "redirect_uri": launch_url, "login_hint": asked.login_hint[:LONGEST_HINT],
            "state": state, "nonce": nonce,
        }  # fmt: skip
        if asked.message_hint:
            question["lti_message_hint"] = asked.message_hint[:LONGEST_HINT]
        parts = urlsplit(platform.login_url)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *question.items()])
        return Redirection(urlunsplit(parts._replace(query=query)), cookie_of(state), binding)

    def finish(self, state: str, id_token: str, binding: str, address: str) -> Admission:
        """Believe the platform's answer, or LaunchRefused; a teacher has a session then."""
        asked, now = self._opened(state), self._home.settings.clock.now()
        if not binding or not hmac.compare_digest(asked.binding, _mark(binding)):
            raise LaunchRefused("this browser did not ask for the launch", where="browser")
        platform = self._platforms.platform(self._home.tenant, asked.platform)
        if platform is None:
            raise LaunchRefused("this platform is not registered here", where="platform")
        token = self._keys.read(platform, id_token)
        judge(token, platform, asked.nonce, now)
        if not self._platforms.use_once(self._home.tenant, asked.nonce, now, ASKED + OLDEST):
            raise LaunchRefused("this launch was used already", where="replay")
        return self._admitted(token, platform, address)

    def _admitted(self, token: IdToken, platform: Platform, address: str) -> Admission:
        tenant, now = self._home.tenant, self._home.settings.clock.now()
        course = course_of(token, platform, self._platforms.named_courses(tenant, platform.platform))
        note_arrival(self._home, LTI, 1)
        known = self._home.store.course(tenant, course) is not None
        role = role_of(token.roles, platform.administrators)
        context = token.context.id if token.context else ""
        if not role:
            return Admission("", "", course, known, context)
        member = natural_id("lti", platform.issuer, platform.client_id, token.sub)
        name = _shown(token.name or "")
        login = login_of(f"{name or 'LTI'} ({platform.platform}:{_reference(token.sub)})")
        self._members.launched(tenant, member, login, name, role, platform.platform, now)
        courses = (course,) if course and role == TEACHER else ()
        session = self._porter.begin(member, login, courses, address, platform=platform.platform, course=course)
        return Admission(session, role, course, known, context)

    def _sealed(self, state: _State) -> str:
        told = msgspec.json.encode(state)
        return _text(hmac.digest(self._secret, told, "sha256") + told)

    def _opened(self, text: str) -> _State:
        """Return what we asked; LaunchRefused if it was not asked here, or too long ago."""
        try:
            sealed = base64.urlsafe_b64decode(text[:2_000].encode("ascii") + b"==")
            if not hmac.compare_digest(sealed[:32], hmac.digest(self._secret, sealed[32:], "sha256")):
                raise ValueError
            state = msgspec.json.decode(sealed[32:], type=_State)
        except (ValueError, msgspec.MsgspecError):
            raise LaunchRefused("this launch was not asked for here", where="state") from None
        if self._home.settings.clock.now().timestamp() > state.until:
            raise LaunchRefused("this launch took too long", where="late")
        return state


def home_launches(home: Home, porter: Porter) -> Launches:
    """Return the launches of a home, with keys fetched from the platforms."""
    return Launches(home, porter, PlatformKeys())


def cookie_of(state: str) -> str:
    """Return the name of the cookie that belongs to a launch: several may be under way in one browser."""
    return f"staycourse_launch_{_mark(state)[:12]}"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _shown(name: str) -> str:
    """Return a name on one line, of characters that can be seen, without the brackets that a login has."""
    seen = "".join(letter if letter.isprintable() and letter not in "()" else " " for letter in name)
    return " ".join(seen.split())[:60]


def _reference(subject: str) -> str:
    """Return what stands for a subject in a login: itself where it is short and plain, else a hash."""
    plain = subject.isascii() and subject.isalnum() and subject == subject.lower() and len(subject) <= 40
    return subject if plain else _mark(subject)[:12]
