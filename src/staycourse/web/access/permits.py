"""Who may see and do what: every route of the console with the roles it is open to.

A route that is not named here is open to nobody who has signed in: a test holds the table against the routes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.requests import Request

from staycourse.desk import ADVISOR, OPERATOR, OWNER, ROLES, TEACHER
from staycourse.kernel import NotAllowed
from staycourse.web.navigation import Entry
from staycourse.web.signed import must_sign_in, signed_in

Roles = frozenset[str]

EVERYBODY: Final[Roles] = frozenset(ROLES)
STAFF: Final[Roles] = EVERYBODY - {TEACHER}
CARING: Final[Roles] = frozenset({OWNER, OPERATOR, ADVISOR})
RUNNING: Final[Roles] = frozenset({OWNER, OPERATOR})
OWNING: Final[Roles] = frozenset({OWNER})

PERMITS: Final[Mapping[tuple[str, str], Roles]] = {
    # A teacher's pages show the learners of their courses only (desk/scoped.py).
    ("GET", "/"): EVERYBODY,
    ("GET", "/learners/{learner:path}"): EVERYBODY,
    ("GET", "/timelines/{learner:path}"): EVERYBODY,
    ("GET", "/alerts"): EVERYBODY,
    ("GET", "/alerts/{alert}"): EVERYBODY,
    ("POST", "/alerts/{alert}"): CARING,
    ("POST", "/alerts/{alert}/notes"): CARING,
    ("POST", "/consents"): CARING,
    ("GET", "/desk"): STAFF,
    ("GET", "/desk/{task}"): STAFF,
    ("POST", "/desk/{task}"): CARING,
    ("POST", "/desk/{task}/notes"): CARING,
    ("GET", "/deliveries"): STAFF,
    ("GET", "/deliveries/{key:path}"): STAFF,
    ("GET", "/channels"): STAFF,
    ("POST", "/channels"): RUNNING,
    ("GET", "/templates"): STAFF,
    ("GET", "/templates/{template}"): STAFF,
    ("POST", "/templates/{template}"): RUNNING,
    ("GET", "/playbooks"): STAFF,
    ("GET", "/playbooks/{playbook}"): STAFF,
    ("GET", "/evidence"): STAFF,
    ("GET", "/policy"): STAFF,
    ("GET", "/policy/text"): STAFF,
    ("GET", "/policy/edit"): RUNNING,
    ("POST", "/policy/edit"): RUNNING,
    ("POST", "/policy/rollback"): RUNNING,
    ("POST", "/policy/trials"): RUNNING,
    ("GET", "/policy/trials/{trial}"): STAFF,
    ("POST", "/policy/trials/{trial}"): RUNNING,
    ("POST", "/policy/trials/{trial}/cancel"): RUNNING,
    ("GET", "/review"): STAFF,
    ("GET", "/churn"): STAFF,
    ("GET", "/connections"): RUNNING,
    ("POST", "/connections"): RUNNING,
    ("GET", "/connections/rejected"): RUNNING,
    ("GET", "/connections/webhooks"): RUNNING,
    ("GET", "/connections/webhooks/{webhook}"): RUNNING,
    ("POST", "/connections/webhooks/{webhook}"): RUNNING,
    ("POST", "/connections/webhooks"): RUNNING,
    ("GET", "/connections/keys"): OWNING,
    ("POST", "/connections/keys"): OWNING,
    ("GET", "/connections/people"): OWNING,
    ("POST", "/connections/people"): OWNING,
    ("GET", "/connections/platforms"): OWNING,
    ("POST", "/connections/platforms"): OWNING,
    ("POST", "/preferences"): EVERYBODY,
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/account"): EVERYBODY,
    ("POST", "/account"): EVERYBODY,
    ("GET", "/lti/login"): EVERYBODY,
    ("POST", "/lti/login"): EVERYBODY,
    ("POST", "/lti/launch"): EVERYBODY,
    ("GET", "/lti/jwks"): EVERYBODY,
}

ACTING: Final[Mapping[str, Roles]] = {
    "learners": CARING, "alerts": CARING, "desk": CARING, "channels": RUNNING, "templates": RUNNING, "policy": RUNNING,
}  # fmt: skip
"""Who acts on the pages below a first part of the address; others see them without their forms."""


def may(role: str, method: str, path: str) -> bool:
    """Say whether a role may ask a route, by its method and its path as it was declared."""
    return role in PERMITS.get(("GET" if method == "HEAD" else method, path), ())


def allowed(request: Request) -> None:
    """Refuse what the reader's role may not do (NotAllowed). Without sign-in whoever was let in may do everything."""
    reader = signed_in(request)
    if reader is None:
        return
    path = getattr(request.scope.get("route"), "path", "")
    if not may(reader.role, request.method, path):
        raise NotAllowed("your role may not do this", mend="ask an owner")


def answers_alerts(request: Request) -> bool:
    """Say whether the reader may answer alerts, which pages of others lead to."""
    reader = signed_in(request)
    return reader is None or may(reader.role, "POST", "/alerts/{alert}")


def acts_on(request: Request) -> bool:
    """Say whether the reader may act on the page that is shown."""
    reader = signed_in(request)
    first = request.url.path.strip("/").partition("/")[0]
    return reader is None or reader.role in ACTING.get(first, EVERYBODY)


def navigation_of(request: Request, pages: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return those of `pages` that the reader may see; none to whoever has yet to sign in."""
    reader = signed_in(request)
    if reader is None:
        return () if must_sign_in(request) else tuple(pages)
    return tuple(entry for entry in pages if may(reader.role, "GET", entry.address))
