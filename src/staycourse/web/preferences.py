"""How one reader wants the pages: language, theme, single-key shortcuts. Kept in cookies, never in the address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from staycourse.kernel import LANGUAGES, BadInput, preferred_language

THEMES = ("auto", "light", "dark")
_CHOICES = {"language": LANGUAGES, "theme": THEMES, "shortcuts": ("on", "off")}
_YEAR = 365 * 86_400
_LONGEST_FORM = 8_192


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the reader chose. `theme` auto follows the system."""

    language: str
    theme: str
    shortcuts: bool


def preferences_of(request: Request) -> Preferences:
    """Read the reader's cookies; the language falls back to Accept-Language, then to English."""
    chosen = {name: request.cookies.get(f"staycourse_{name}", "") for name in _CHOICES}
    language = chosen["language"]
    if language not in LANGUAGES:
        language = preferred_language(request.headers.get("accept-language", ""))
    theme = chosen["theme"] if chosen["theme"] in THEMES else "auto"
    return Preferences(language, theme, chosen["shortcuts"] != "off")


async def keep_preferences(request: Request) -> Response:
    """Set the cookies of the posted choices and lead back to the page that posted them."""
    given = await _posted(request)
    answer = RedirectResponse(safe_return(given.get("back", "/")), status_code=303)
    for name, allowed in _CHOICES.items():
        if given.get(name) in allowed:
            answer.set_cookie(f"staycourse_{name}", given[name], max_age=_YEAR, httponly=True, samesite="lax", path="/")
    return answer


async def _posted(request: Request) -> dict[str, str]:
    """Read a small form; BadInput if it is not one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            raise BadInput("the form is too long", mend=f"send at most {_LONGEST_FORM} bytes")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))
    except ValueError as error:
        raise BadInput("the form has too many fields", mend="send those of the page") from error


def safe_return(address: str) -> str:
    """Return `address` if it is a path of this console, else the first page: a form may not lead to another host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    if not address.isprintable() or parts.scheme or parts.netloc or "\\" in address or not parts.path.startswith("/"):
        return "/"
    return address if not address.startswith("//") else "/"
