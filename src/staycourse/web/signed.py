"""Who has signed in, as the gate found it (web/access/gate.py): read by whatever renders or acts."""

from __future__ import annotations

from starlette.requests import Request

from staycourse.desk import SignedIn


def signed_in(request: Request) -> SignedIn | None:
    """Return who asks; None where nobody signed in, or where nobody has to."""
    found = request.scope.get("state", {}).get("signed_in")
    return found if isinstance(found, SignedIn) else None


def must_sign_in(request: Request) -> bool:
    """Say whether whoever asks must have signed in."""
    return bool(request.scope.get("state", {}).get("must_sign_in"))


def courses_within(request: Request) -> tuple[str, ...] | None:
    """Return the courses whose learners the reader may see; None: every one."""
    reader = signed_in(request)
    return reader.courses if reader is not None else None
