"""The routes of the templates: the list, one template, its preview and its next version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from staycourse.care.messages import Template
from staycourse.desk import CareDesk, Preview, TemplateDesk
from staycourse.kernel import LANGUAGES, Clock
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.reader import READING, actor_of, reader_words
from staycourse.web.console.templates import PARTS, template_address, template_page, template_view
from staycourse.web.forms import Form, led_back
from staycourse.web.rendering import Renderer


class TemplatePages(DeskPages[TemplateDesk]):
    """The handlers over one desk of templates."""

    def templates(self, request: Request, id: Annotated[str, Query(max_length=60)] = "") -> Response:
        """Show every template, or lead to the one named."""
        if id:
            story = self._desk.template(self._tenant, id.strip())
            return RedirectResponse(template_address(story.line.template), status_code=303)
        words = reader_words(request)
        views = tuple(template_view(line, words) for line in self._desk.templates(self._tenant))
        return self._renderer.page(request, "templates.html", templates=views)

    def template(self, request: Request, template: str) -> Response:
        """Show one template in both languages."""
        story = self._desk.template(self._tenant, template)
        return self._page(request, template, story.wording, {}, "")

    def change(self, request: Request, template: str, given: Form) -> Response:
        """Show how what was written reads, or keep it; what is wrong with it is said at its field."""
        written = {language: _written(template, language, given) for language in LANGUAGES}
        learner = given.get("learner", "").strip()[:200]
        previews = {name: self._desk.preview(self._tenant, one, learner) for name, one in written.items()}
        wrong = any(preview.fault for preview in previews.values())
        if given.get("action") != "save" or wrong:
            return self._page(request, template, written, previews, learner, 422 if wrong else 200)
        before = self._desk.template(self._tenant, template).wording
        for language, one in written.items():
            if one != before[language]:
                self._desk.save(self._tenant, one, actor_of(request), self._clock.now())
        return led_back({}, template_address(template), "template")

    def _page(
        self,
        request: Request,
        template: str,
        wording: Mapping[str, Template],
        previews: Mapping[str, Preview],
        learner: str,
        status: int = 200,
    ) -> Response:
        story = self._desk.template(self._tenant, template)
        view = template_page(story, wording, previews, learner, self._care.zone, reader_words(request))
        return self._renderer.page(request, "template.html", status, view=view)


def add_template_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages of the templates, where there are any."""
    if care is None or care.templates is None:
        return
    pages = TemplatePages(care, care.templates, tenant, clock, renderer)
    app.add_api_route("/templates", pages.templates, methods=READING)
    app.add_api_route("/templates/{template}", pages.template, methods=READING)
    app.add_api_route("/templates/{template}", pages.change, methods=["POST"])


def _written(template: str, language: str, given: Mapping[str, str]) -> Template:
    """Return what was written; browsers send line breaks as CRLF."""
    parts = {part: given.get(f"{part}_{language}", "").replace("\r\n", "\n").strip() for part in PARTS}
    return Template(template, language, **parts)
