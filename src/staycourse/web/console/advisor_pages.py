"""The routes of the advisors' desk: the queue, one task, and what an advisor does with it."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import AdvisorDesk, CareDesk, TaskFilter
from staycourse.kernel import BadInput, Clock
from staycourse.web.console.advisors import STATES, desk_view, task_page
from staycourse.web.console.contacts import task_address
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.lists import Narrowed, check_state
from staycourse.web.console.reader import READING, actor_of, reader_words
from staycourse.web.forms import Form, led_back
from staycourse.web.rendering import Renderer

_TOLD_SO = {"task": "task.stop", "told": "task.told.stop", "outcome": "task.outcome.stop"}
"""What is said, by the field at which an act was refused."""


class AdvisorPages(DeskPages[AdvisorDesk]):
    """The handlers over one advisors' desk."""

    def desk(self, request: Request, listed: Narrowed) -> Response:
        """Show the queue, or the tasks asked for."""
        check_state(listed.state, STATES)
        now = self._clock.now()
        asked = TaskFilter(listed.state, listed.owner, listed.search, listed.overdue, listed.page)
        found = self._desk.tasks(self._tenant, asked, now)
        view = desk_view(found, asked, actor_of(request), now, self._care.zone, reader_words(request))
        return self._renderer.page(request, "desk.html", view=view)

    def task(self, request: Request, task: str) -> Response:
        """Show one task with its script."""
        now = self._clock.now()
        story = self._desk.task(self._tenant, task, now)
        view = task_page(story, actor_of(request), now, self._care.zone, reader_words(request))
        return self._renderer.page(request, "task.html", view=view)

    def act(self, request: Request, task: str, given: Form) -> Response:
        """Claim, release or finish; whoever comes second, or leaves something out, is told so."""
        action, who, now = given.get("action", ""), actor_of(request), self._clock.now()
        outcome, told = given.get("outcome", ""), given.get("told", "")
        try:
            self._desk.act(self._tenant, task, action, who, now, outcome=outcome, told=told)
        except BadInput as refused:
            notice = _TOLD_SO.get(refused.where)
            if notice is None:
                raise
            return led_back({}, task_address(task), notice)
        return led_back(given, task_address(task), f"task.{action}")

    def note(self, request: Request, task: str, given: Form) -> Response:
        """Write a note."""
        self._desk.note(self._tenant, task, actor_of(request), given.get("text", ""), self._clock.now())
        return led_back(given, task_address(task), "note")


def add_advisor_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the advisors' desk, where there is one."""
    if care is None or care.advisors is None:
        return
    pages = AdvisorPages(care, care.advisors, tenant, clock, renderer)
    app.add_api_route("/desk", pages.desk, methods=READING)
    app.add_api_route("/desk/{task}", pages.task, methods=READING)
    app.add_api_route("/desk/{task}", pages.act, methods=["POST"])
    app.add_api_route("/desk/{task}/notes", pages.note, methods=["POST"])
