"""The public pages' templates, in the learner's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from staycourse.kernel import words_of

HERE = Path(__file__).parent


class Pages:
    """Renders the templates beside this."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def page(self, language: str, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return the answer of `template`."""
        words = words_of(language)
        html = self._environment.get_template(template).render(
            t=words.t, words=words, language=language, platform=self._platform, **values
        )
        return HTMLResponse(html, status, headers={"content-language": language})

    def message(self, language: str, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page that only says something: `public.<name>.title` and `public.<name>.text`."""
        t = words_of(language).t
        title = t(f"public.{name}.title", platform=self._platform, **values)
        text = t(f"public.{name}.text", platform=self._platform, **values)
        return self.page(language, "message.html", status, title=title, text=text, more=values.get("more", ""))
