"""What a platform says of a launch: its id token, read and judged.

1EdTech LTI Core 1.3, sections 5.3 and 5.4 (claims), A.2 (roles); 1EdTech Security Framework 1.0, 5.1.3 (validation).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from staycourse.desk import OPERATOR, TEACHER, Platform
from staycourse.kernel import NotAllowed, as_wording, worded

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE, VERSION = "LtiResourceLinkRequest", "1.3.0"

APART = timedelta(seconds=60)
"""How far a platform's clock may be from ours."""

OLDEST = timedelta(minutes=10)
"""A token that was made longer ago is refused, whatever it says of its own end."""

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_ADMINISTRATORS = frozenset({
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin",
})  # fmt: skip
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
_TEACHING = frozenset({"Instructor", "Administrator"})


class LaunchRefused(NotAllowed):
    """A launch that cannot be believed; `where` says in a word why, for whoever sets the platform up."""


class Context(msgspec.Struct, frozen=True):
    """The course on the platform that the launch came from."""

    id: str
    label: str | None = None
    title: str | None = None


class Lis(msgspec.Struct, frozen=True):
    """What the student information system calls that course."""

    course_section_sourcedid: str | None = None
    course_offering_sourcedid: str | None = None


class ResourceLink(msgspec.Struct, frozen=True):
    """The link that was followed."""

    id: str


class IdToken(msgspec.Struct, frozen=True, kw_only=True):
    """The claims that are read; whatever else a platform says is left alone."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nonce: str
    azp: str | None = None
    nbf: int | float | None = None
    name: str | None = None
    message_type: str = msgspec.field(name=LTI + "message_type")
    version: str = msgspec.field(name=LTI + "version")
    deployment_id: str = msgspec.field(name=LTI + "deployment_id")
    target_link_uri: str = msgspec.field(name=LTI + "target_link_uri")
    resource_link: ResourceLink = msgspec.field(name=LTI + "resource_link")
    roles: list[str] = msgspec.field(name=LTI + "roles")
    context: Context | None = msgspec.field(name=LTI + "context", default=None)
    lis: Lis | None = msgspec.field(name=LTI + "lis", default=None)


def read_claims(claims: object) -> IdToken:
    """Return the claims of a signed token; LaunchRefused if they are not those of a launch."""
    try:
        return msgspec.convert(claims, IdToken)
    except msgspec.ValidationError as error:
        raise LaunchRefused(
            worded("the launch lacks something: {why}", why=as_wording(error)), where="claims"
        ) from None


def judge(token: IdToken, platform: Platform, nonce: str, now: datetime) -> None:
    """Refuse a launch that is not of this platform, for us, now, and the one that was asked for (LaunchRefused)."""
    audiences = [token.aud] if isinstance(token.aud, str) else token.aud
    said = now.timestamp()
    apart, oldest = APART.total_seconds(), OLDEST.total_seconds()
    checks = (
        ("issuer", token.iss == platform.issuer),
        # No audience beside ourselves is trusted (Security Framework 5.1.3, step 3).
        ("audience", bool(audiences) and set(audiences) == {platform.client_id}),
        ("party", token.azp is None or token.azp == platform.client_id),
        ("expired", said < token.exp + apart),
        ("issued", token.iat - apart <= said <= token.iat + oldest),
        ("too-early", token.nbf is None or token.nbf - apart <= said),
        ("nonce", token.nonce == nonce),
        ("message", token.message_type == MESSAGE_TYPE),
        ("version", token.version == VERSION),
        ("deployment", token.deployment_id in platform.deployments),
        ("subject", 0 < len(token.sub) <= 255),
        ("link", 0 < len(token.resource_link.id) <= 255),
        ("context", token.context is None or 0 < len(token.context.id) <= 255),
    )
    for name, holds in checks:
        if not holds:
            raise LaunchRefused("the launch cannot be believed", where=name)


def role_of(roles: list[str], administrators: str) -> str:
    """Return the role that a launch gives here: teacher, operator, or "" for learners and everybody else.

    Who teaches elsewhere in the institution but not in this course does not teach here. `administrators` is what the
    platform's administrators are. A teacher who looks as a student would is a learner.
    """
    if _TEST_USER in roles:
        return ""
    if _ADMINISTRATORS & set(roles):
        return OPERATOR if administrators == OPERATOR else TEACHER
    return TEACHER if any(_teaches(role) for role in roles) else ""


def _teaches(role: str) -> bool:
    """Say whether a role is one of the course's teachers: by its full name, a sub-role's, or the short name."""
    if role.startswith(_MEMBERSHIP + "#"):
        role = role.removeprefix(_MEMBERSHIP + "#")
    elif role.startswith(_MEMBERSHIP + "/"):
        role = role.removeprefix(_MEMBERSHIP + "/").partition("#")[0]
    return role in _TEACHING


def course_of(token: IdToken, platform: Platform, named: dict[str, str]) -> str:
    """Return the course of ours that a launch is of, "" for none: by the operator's map, else by what they chose."""
    if token.context is None:
        return ""
    if token.context.id in named:
        return named[token.context.id]
    lis = token.lis or Lis()
    found: Any = {
        "context": token.context.id,
        "label": token.context.label,
        "sourcedid": lis.course_section_sourcedid or lis.course_offering_sourcedid,
    }.get(platform.course_from)
    return str(found or "")[:200]
