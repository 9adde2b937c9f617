"""Which addresses may be told: https without a user, and none within the house unless the operator lets them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from staycourse.adapters.channels import is_public
from staycourse.kernel import BadInput

PERMITTED_BY: Final = "STAYCOURSE_LOCAL_WEBHOOKS=1 permits it, for trying things out"
"""How the operator lets a webhook stay within the house."""


def check_url(url: str, *, local: bool) -> None:
    """Refuse what is not https; where webhooks may stay on this machine (`local`), http too."""
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.scheme == "https" or (local and parts.scheme == "http"))
        good = good and parts.username is None and parts.password is None and url.isprintable() and len(url) <= 2000
    except ValueError:
        good = False
    if not good:
        mend = "give it as https://host/path"
        if url.startswith("http://"):
            mend = "give it as https://host/path; STAYCOURSE_LOCAL_WEBHOOKS=1 permits http, for trying things out"
        raise BadInput("is not an https address without a user", where="url", mend=mend)


def check_place(url: str) -> None:
    """Refuse at once what no name needs to be resolved for: an IP address that is not of the public internet."""
    host = urlsplit(url).hostname or ""
    try:
        inside = not is_public(host)
    except ValueError:
        inside = host == "localhost"
    if inside:
        raise BadInput("is an address of this machine or a private network", where="url", mend=PERMITTED_BY)
