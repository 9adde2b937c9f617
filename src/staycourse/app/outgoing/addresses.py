"""Which addresses may be told: https without a user, and none within the house unless the operator lets them."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from staycourse.adapters.channels import is_public
from staycourse.kernel import BadInput, worded

PERMITTED_BY: Final = "STAYCOURSE_LOCAL_WEBHOOKS=1 permits it, for trying things out"
"""How the operator lets a webhook stay within the house."""

LONGEST_URL: Final = 2_000
_IN_NO_HOST: Final = frozenset("<>\"'`{}|\\^%!$&()*+,;=~")
"""What stands in no host (names of other scripts are sent as punycode)."""


def check_url(url: str, *, local: bool) -> None:
    """Refuse what is not https; where webhooks may stay on this machine (`local`), http too."""
    if len(url) > LONGEST_URL:
        shorter = worded("give it in {most} characters at most", most=LONGEST_URL)
        raise BadInput("the address is too long", where="url", mend=shorter)
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.scheme == "https" or (local and parts.scheme == "http"))
        good = good and parts.username is None and parts.password is None and url.isprintable()
    except ValueError:
        good = False
    if good and not _written_well(url, parts):
        raise BadInput(
            "has a host, a port or a character that no address has", where="url", mend="give it as https://host/path"
        )
    if not good:
        mend = "give it as https://host/path"
        if url.startswith("http://"):
            mend = "give it as https://host/path; STAYCOURSE_LOCAL_WEBHOOKS=1 permits http, for trying things out"
        raise BadInput("is not an https address without a user", where="url", mend=mend)


def _written_well(url: str, parts: SplitResult) -> bool:
    """Say whether a host and a port can be such, and whether nothing stands there that is never sent (spaces, #...)."""
    try:
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    named = ":" in host or (all(host.removesuffix(".").split(".")) and not _IN_NO_HOST & set(host))
    return named and port != 0 and not parts.fragment and not any(letter.isspace() for letter in url)


def check_place(url: str) -> None:
    """Refuse at once what no name needs to be resolved for: an IP address that is not of the public internet."""
    host = urlsplit(url).hostname or ""
    try:
        inside = not is_public(host)
    except ValueError:
        inside = host == "localhost"
    if inside:
        raise BadInput("is an address of this machine or a private network", where="url", mend=PERMITTED_BY)
