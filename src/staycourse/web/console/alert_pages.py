"""The routes of the alerts: the list, one alert, and what a person may do with it."""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import AlertDesk, AlertFilter, CareDesk, alert_within, alerts_within
from staycourse.kernel import BadInput, Clock
from staycourse.web.console.alerts import (
    SNOOZE_DAYS,
    STATES,
    alert_address,
    alert_story_view,
    alerts_view,
)
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.lists import Asked, Narrowed, check_state
from staycourse.web.console.reader import READING, actor_of, reader_words
from staycourse.web.forms import Form, led_back
from staycourse.web.rendering import Renderer
from staycourse.web.signed import courses_within


class AlertPages(DeskPages[AlertDesk]):
    """The handlers over one desk of alerts."""

    def alerts(
        self,
        request: Request,
        listed: Narrowed,
        tier: Asked = "",
        cause: Asked = "",
        course: Asked = "",
    ) -> Response:
        """Show the alerts that wait for an answer, or those asked for."""
        check_state(listed.state, STATES)
        now = self._clock.now()
        within = courses_within(request)
        asked = AlertFilter(
            listed.state, tier, cause, listed.owner, course, listed.search, listed.overdue, listed.page, within=within
        )
        found = self._desk.alerts(self._tenant, asked, now)
        if within is not None:
            found = alerts_within(found, within)
        view = alerts_view(found, asked, now, self._care.zone, reader_words(request))
        return self._renderer.page(request, "alerts.html", view=view, snooze_days=SNOOZE_DAYS)

    def alert(self, request: Request, alert: str) -> Response:
        """Show one alert."""
        story, within = self._desk.alert(self._tenant, alert), courses_within(request)
        if within is not None:
            story = alert_within(story, within)
        view = alert_story_view(story, self._clock.now(), self._care.zone, reader_words(request))
        return self._renderer.page(request, "alert.html", view=view, snooze_days=SNOOZE_DAYS)

    def act(self, request: Request, alert: str, given: Form) -> Response:
        """Take, snooze, finish or give back; whoever comes second is told so."""
        action, _, days = given.get("action", "").partition(":")
        now = self._clock.now()
        until = now + timedelta(days=int(days)) if days in {str(day) for day in SNOOZE_DAYS} else None
        try:
            self._desk.act(self._tenant, alert, action, actor_of(request), now, until)
        except BadInput as refused:
            if refused.where != "alert":
                raise
            return led_back(given, alert_address(alert), "alert.stop")
        return led_back(given, alert_address(alert), f"alert.{action}")

    def note(self, request: Request, alert: str, given: Form) -> Response:
        """Write a note."""
        self._desk.note(self._tenant, alert, actor_of(request), given.get("text", ""), self._clock.now())
        return led_back(given, alert_address(alert), "note")


def add_alert_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages of the alerts, where there are any to look at."""
    if care is None or care.alerts is None:
        return
    pages = AlertPages(care, care.alerts, tenant, clock, renderer)
    app.add_api_route("/alerts", pages.alerts, methods=READING)
    app.add_api_route("/alerts/{alert}", pages.alert, methods=READING)
    app.add_api_route("/alerts/{alert}", pages.act, methods=["POST"])
    app.add_api_route("/alerts/{alert}/notes", pages.note, methods=["POST"])
