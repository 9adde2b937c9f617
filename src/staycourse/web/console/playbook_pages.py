"""The routes of the playbooks: the list, and one with its picture."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import CareDesk
from staycourse.desk.playbooks import PlaybookDesk
from staycourse.kernel import BadInput, Clock, worded
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.playbooks import STATES, playbook_story_view, playbooks_view
from staycourse.web.console.reader import LONGEST_SEARCH, MOST_PAGES, READING, reader_words
from staycourse.web.rendering import Renderer


class PlaybookPages(DeskPages[PlaybookDesk]):
    """The handlers over one desk of playbooks."""

    def playbooks(self, request: Request) -> Response:
        """Show every playbook."""
        view = playbooks_view(self._desk.playbooks(self._tenant), reader_words(request))
        return self._renderer.page(request, "playbooks.html", view=view)

    def playbook(
        self,
        request: Request,
        playbook: str,
        state: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "active",
        page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    ) -> Response:
        """Show one playbook."""
        if state not in STATES:
            raise BadInput(
                worded("there is no state {state!r}", state=state[:40]),
                where="state",
                mend=worded("one of {choices}", choices=", ".join(STATES)),
            )
        story = self._desk.playbook(self._tenant, playbook, state, page)
        view = playbook_story_view(story, self._clock.now(), self._care.zone, reader_words(request))
        return self._renderer.page(request, "playbook.html", view=view)


def add_playbook_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages of the playbooks, where there are any to look at."""
    if care is None or care.playbooks is None:
        return
    pages = PlaybookPages(care, care.playbooks, tenant, clock, renderer)
    app.add_api_route("/playbooks", pages.playbooks, methods=READING)
    app.add_api_route("/playbooks/{playbook}", pages.playbook, methods=READING)
