"""The route of the weekly review."""

from __future__ import annotations

from datetime import date

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import CareDesk
from staycourse.web.console.reader import READING, reader_words
from staycourse.web.rendering import Renderer
from staycourse.web.weekly import weekly_view


def add_weekly_routes(app: FastAPI, care: CareDesk | None, tenant: str, renderer: Renderer) -> None:
    """Give `app` the page of the weekly review, where there is one."""
    if care is None or care.weekly is None:
        return
    desk = care.weekly

    def review(request: Request, week: date | None = None) -> Response:
        """Show the week that holds a day, the newest whole one if none is named."""
        view = weekly_view(desk.review(tenant, week), reader_words(request))
        return renderer.page(request, "weekly.html", view=view)

    app.add_api_route("/review", review, methods=READING)
