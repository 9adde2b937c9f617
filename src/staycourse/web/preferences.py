"""How one reader wants the pages (language, theme, single-key shortcuts) and who acts. Kept in cookies, never in the
address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from staycourse.kernel import LANGUAGES, preferred_language
from staycourse.web.forms import Form, led_back
from staycourse.web.signed import signed_in

THEMES = ("auto", "light", "dark")
NOBODY_NAMED = "operator"
LONGEST_ACTOR = 60
_CHOICES = {"language": LANGUAGES, "theme": THEMES, "shortcuts": ("on", "off")}
_ACTOR = "staycourse_actor"
_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the reader chose. `theme` auto follows the system. `actor` is written beside whatever they do: the name that
    they signed in by, else what they said at the foot of the page."""

    language: str
    theme: str
    shortcuts: bool
    actor: str


def preferences_of(request: Request) -> Preferences:
    """Read the reader's cookies; the language falls back to Accept-Language, then to English."""
    chosen = {name: request.cookies.get(f"staycourse_{name}", "") for name in _CHOICES}
    language = chosen["language"]
    if language not in LANGUAGES:
        language = preferred_language(request.headers.get("accept-language", ""))
    theme = chosen["theme"] if chosen["theme"] in THEMES else "auto"
    reader = signed_in(request)
    said = _name(unquote(request.cookies.get(_ACTOR, "")[: 12 * LONGEST_ACTOR]))
    actor = reader.login if reader is not None else said or NOBODY_NAMED
    return Preferences(language, theme, chosen["shortcuts"] != "off", actor)


def keep_preferences(given: Form) -> Response:
    """Set the cookies of the posted choices and lead back to the page that posted them."""
    answer = led_back(given, "/")
    kept = {f"staycourse_{name}": given[name] for name, allowed in _CHOICES.items() if given.get(name) in allowed}
    if "actor" in given:
        kept[_ACTOR] = quote(_name(given["actor"]) or NOBODY_NAMED)
    for name, value in kept.items():
        answer.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="lax", path="/")
    return answer


def _name(given: str) -> str:
    """Return a name on one line, within bounds, of characters that can be seen."""
    seen = "".join(letter if letter.isprintable() else " " for letter in given)
    return " ".join(seen.split())[:LONGEST_ACTOR].strip()
