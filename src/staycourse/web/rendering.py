"""Templates into answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Match

from staycourse.kernel import LANGUAGES, Words, words_of
from staycourse.web.forms import NOTICE_COOKIE, Notice, notice_name
from staycourse.web.navigation import Entry
from staycourse.web.preferences import LONGEST_ACTOR, THEMES, preferences_of
from staycourse.web.signed import must_sign_in, signed_in

HERE = Path(__file__).parent
STATIC = HERE / "static"
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def script_json(value: object) -> Markup:
    """Return `value` as JSON that may stand inside a script element: nothing in it can close the element."""
    return Markup(json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_UNSAFE))  # noqa: S704 (escaped above)


class Renderer:
    """Renders the console's templates for the reader of a request.

    `navigation` are the pages that there are, `caveat` says what stands over every figure. `seen_by`
    gives the pages that the reader may see, `acts_on` says whether they may act on the one that is shown.
    """

    def __init__(self) -> None:
        self.navigation: tuple[Entry, ...] = ()
        self.caveat: Callable[[], str] = str
        self.seen_by: Callable[[Request], Sequence[Entry]] = lambda _: self.navigation
        self.acts_on: Callable[[Request], bool] = lambda _: True
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["script_json"] = script_json
        self._environment.globals["static"] = _versioned()

    def page(self, request: Request, template: str, http_status: int = 200, **values: Any) -> HTMLResponse:
        """Return the answer of `template`, with the words and preferences of the request's reader.

        `caveat` is asked for, which may need the store, unless it is among `values`.
        """
        preferences = preferences_of(request)
        words = words_of(preferences.language)
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        said = notice_name(request)
        html = self._environment.get_template(template).render(
            words=words,
            t=words.t,
            navigation=self.seen_by(request),
            reader=signed_in(request),
            must_sign_in=must_sign_in(request),
            acts=self.acts_on(request),
            caveat=values.pop("caveat") if "caveat" in values else self.caveat(),
            notice=_notice(said, words),
            longest_actor=LONGEST_ACTOR,
            preferences=preferences,
            languages=LANGUAGES,
            themes=THEMES,
            back=address if request.method in ("GET", "HEAD") else _page_of(request),
            **values,
        )
        answer = HTMLResponse(html, status_code=http_status, headers={"content-language": preferences.language})
        if said:
            answer.delete_cookie(NOTICE_COOKIE, path="/", httponly=True, samesite="lax")
        return answer


def _page_of(request: Request) -> str:
    """Return the page that the form of a request stands on, the first page where its address shows none."""
    asked = {"type": "http", "method": "GET", "path": request.url.path, "headers": []}
    there = any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)
    return request.url.path if there else "/"


def _notice(name: str, words: Words) -> Notice | None:
    """Return the notice in words; a cookie that names none says nothing."""
    key = f"notice.{name}"
    if not name or not words.translator.has(key):
        return None
    return Notice("stop" if name.endswith(".stop") else "done", words.t(key))


def _versioned() -> Callable[[str], str]:
    """Return what gives a static file's address with a mark of its content, so that caches never serve old ones."""
    marks: dict[str, str] = {}

    def static(name: str) -> str:
        if name not in marks:
            marks[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
        return f"/static/{name}?v={marks[name]}"

    return static
