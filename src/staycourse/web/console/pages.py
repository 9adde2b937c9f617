"""The console's routes. Each asks the desk, makes a view of the answer and renders it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from staycourse.app.access import Porter
from staycourse.app.access.lti import Launches
from staycourse.app.homes import Home
from staycourse.desk import AlertLine, CareDesk, Desk, LearnerStory, TodayFilter, learner_within, today_within
from staycourse.kernel import Clock, NotEnoughData, NotFound, Words, words_of
from staycourse.web.access import (
    POSTED_TO,
    Gate,
    acts_on,
    add_lti_routes,
    add_sign_in_routes,
    allowed,
    answers_alerts,
    navigation_of,
)
from staycourse.web.addresses import learner_address
from staycourse.web.console.advisor_pages import add_advisor_routes
from staycourse.web.console.alert_pages import add_alert_routes
from staycourse.web.console.churn import churn_view
from staycourse.web.console.connections import add_connection_routes
from staycourse.web.console.delivery_pages import add_delivery_routes
from staycourse.web.console.learner import learner_view
from staycourse.web.console.people import care_view
from staycourse.web.console.people_pages import add_people_routes
from staycourse.web.console.reader import actor_of
from staycourse.web.console.reasons import day_there
from staycourse.web.console.review_pages import add_review_routes
from staycourse.web.console.template_pages import add_template_routes
from staycourse.web.console.timeline import timeline_view
from staycourse.web.console.today import today_view
from staycourse.web.errors import add_error_pages
from staycourse.web.navigation import navigation
from staycourse.web.preferences import keep_preferences, preferences_of
from staycourse.web.rendering import STATIC, Renderer
from staycourse.web.security import Guard
from staycourse.web.signed import courses_within

MOST_PAGES = 1_000_000
LONGEST_SEARCH = 200


class Pages:
    """The console's handlers over one desk and tenant. They are plain functions, so each runs in a worker thread."""

    def __init__(self, desk: Desk, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
        self._desk = desk
        self._care = care
        self._tenant = tenant
        self._clock = clock
        self._renderer = renderer

    def today(
        self,
        request: Request,
        course: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        cause: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        tier: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        search: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
        as_of: date | None = None,
    ) -> Response:
        """Show who needs care now."""
        within = courses_within(request)
        asked = TodayFilter(course, cause, tier, search.strip(), page, within=within)
        found = self._desk.today(self._tenant, asked, as_of)
        alerts = self._standing([row.learner for row in found.rows])
        if within is not None:
            found = today_within(found, within)
        today = day_there(self._clock.now(), (row.live for row in found.rows))
        view = today_view(found, asked, as_of, _words(request), alerts, today)
        return self._renderer.page(request, "today.html", view=view, answers=answers_alerts(request))

    def learner(self, request: Request, learner: str, id: str = "", before: date | None = None) -> Response:
        """Show one learner."""
        story = self._story(request, _asked_learner(learner, id), before)
        now, words = self._clock.now(), _words(request)
        today = day_there(now, (one.live for one in story.enrolments))
        view = learner_view(story, before, words, today, self._standing([story.learner.learner]))
        care = None
        if self._care and self._care.people:
            done = self._care.people.learner_care(self._tenant, story.learner.learner, actor_of(request), now)
            if courses_within(request) is None:  # a teacher's look is written down too; what care did is not theirs
                care = care_view(done, story.learner.learner, now, self._care.zone, words)
        return self._renderer.page(request, "learner.html", view=view, care=care)

    def timeline(self, request: Request, learner: str, before: date, id: str = "") -> Response:
        """Show the next older part of a learner's timeline."""
        story = self._story(request, _asked_learner(learner, id), before)
        return self._renderer.page(request, "timeline.html", timeline=timeline_view(story, _words(request)))

    def _standing(self, learners: Collection[str]) -> Mapping[tuple[str, str], AlertLine]:
        """Return the alerts that stand about `learners`, by learner and cause; none where there is no care."""
        return self._care.alerts.standing(self._tenant, learners) if self._care and self._care.alerts else {}

    def _story(self, request: Request, learner: str, before: date | None) -> LearnerStory:
        """Return one learner's story, of a teacher's courses only where a teacher asks."""
        story, within = self._desk.learner(self._tenant, learner, before), courses_within(request)
        return story if within is None else learner_within(story, within)

    def churn(self, request: Request, course: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "") -> Response:
        """Show what churn is here."""
        words = _words(request)
        try:
            view = churn_view(self._desk.churn_definition(self._tenant), course, words)
        except NotEnoughData:
            return self._renderer.page(request, "churn.html", view=None)
        return self._renderer.page(request, "churn.html", view=view)


class _Static(StaticFiles):
    """Static files whose addresses carry a mark of their content: a browser may keep them for ever."""

    def file_response(self, full_path, stat_result, scope: Scope, status_code: int = 200) -> Response:  # type: ignore[no-untyped-def]
        response = super().file_response(full_path, stat_result, scope, status_code)
        lasting = b"v=" in scope["query_string"]
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return response


def console_app(
    desk: Desk, *, tenant: str, clock: Clock, care: CareDesk | None = None, porter: Porter | None = None,
    launches: Launches | None = None, console_url: str = "", home: Home | None = None,
) -> FastAPI:  # fmt: skip
    """Return the console over `desk` for one tenant, and over `care` where there is one.

    `porter` says who must sign in; without one nobody can. `launches` are those from learning
    platforms; `home` is what the pages of connections are about. It answers to loopback host names and that of
    `console_url`.
    """
    app = FastAPI(title="staycourse", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(allowed)])
    renderer = Renderer()
    pages = Pages(desk, care, tenant, clock, renderer)
    reading = ["GET", "HEAD"]
    app.add_api_route("/", pages.today, methods=reading)
    app.add_api_route("/learners/{learner:path}", pages.learner, methods=reading)
    app.add_api_route("/timelines/{learner:path}", pages.timeline, methods=reading)
    app.add_api_route("/churn", pages.churn, methods=reading)
    add_advisor_routes(app, care, tenant, clock, renderer)
    add_alert_routes(app, care, tenant, clock, renderer)
    add_delivery_routes(app, care, tenant, clock, renderer)
    add_people_routes(app, care, tenant, clock)
    add_template_routes(app, care, tenant, clock, renderer)
    add_review_routes(app, care, tenant, clock, renderer)
    add_connection_routes(app, home, renderer)
    app.add_api_route("/preferences", keep_preferences, methods=["POST"])
    app.add_api_route("/healthz", _healthy, methods=reading)
    renderer.navigation = navigation({getattr(route, "path", "") for route in app.routes})
    renderer.seen_by = lambda request: navigation_of(request, renderer.navigation)
    renderer.acts_on = acts_on
    unavailable = add_error_pages(app, renderer)
    if porter is not None:
        add_sign_in_routes(app, porter, renderer)
        if launches is not None:
            add_lti_routes(app, launches, console_url, renderer)
        app.add_middleware(Gate, porter=porter, unavailable=unavailable)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.add_middleware(Guard, console_url=console_url, launches=POSTED_TO if launches is not None else ())
    return app


def _healthy() -> Response:
    return JSONResponse({"status": "ok"})


def _words(request: Request) -> Words:
    return words_of(preferences_of(request).language)


def _asked_learner(in_path: str, in_query: str) -> str:
    learner = in_path or in_query
    if not learner:
        raise NotFound("no learner was named", where=learner_address(""))
    return learner
