"""The route of the evidence."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import CareDesk
from staycourse.web.console.evidence import evidence_view
from staycourse.web.console.reader import READING, reader_words
from staycourse.web.rendering import Renderer


def add_evidence_routes(app: FastAPI, care: CareDesk | None, tenant: str, renderer: Renderer) -> None:
    """Give `app` the page of the evidence, where there is any to look at."""
    if care is None or care.evidence is None:
        return
    desk = care.evidence

    def evidence(request: Request) -> Response:
        """Show what worked."""
        view = evidence_view(desk.evidence(tenant), reader_words(request))
        return renderer.page(request, "evidence.html", view=view)

    app.add_api_route("/evidence", evidence, methods=READING)
