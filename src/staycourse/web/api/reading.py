"""Answers out: risks, alerts, journeys, messages, signals and courses, of the key's tenant alone, page by page."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query
from msgspec import Meta
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from staycourse import client as out
from staycourse.app.desks import PageWish, Readings, RiskWish
from staycourse.app.homes import Home
from staycourse.kernel import BadInput, NotFound, TooMany, Words, preferred_language, words_of
from staycourse.web.api.access import Reading
from staycourse.web.api.cursors import cursor_of, read_cursor, sound
from staycourse.web.api.describing import PROBLEMS, content_of
from staycourse.web.api.naming import Id, in_path
from staycourse.web.api.parameters import ONLY_KNOWN
from staycourse.web.api.reading_records import (
    alert_of,
    catalogue,
    course_of,
    journey_of,
    message_of,
    now_of,
    past_of,
    risk_of,
    signals_in,
)

MOST: Final = 1_000
SIGNALS_AT_ONCE: Final = 2
"""How many learners' signals are computed at one time: each reads every peer's."""

PATIENCE_SECONDS: Final = 10.0

Limit = Annotated[int, Query(ge=1, le=MOST, description="how many records at most; a page may be shorter")]
Cursor = Annotated[str, Query(max_length=2_000, description="`next` of the page before")]
Text = Annotated[str, Query(max_length=500)]
Language = Annotated[Literal["", "en", "zh-CN"], Query(description="of words; without it Accept-Language chooses")]
AlertState = Literal["open", "taken", "snoozed", "done", "closed"]
JourneyState = Literal["active", "done", "left", "held_out"]
MessageState = Literal["pending", "claimed", "sent", "withheld", "dropped", "failed"]

Moment = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


def reading_router(home: Home) -> APIRouter:
    """Return the routes that read one opened home."""
    doors = ReadingDoors(Readings(home))
    router = APIRouter(tags=["answers out"], dependencies=[ONLY_KNOWN])
    for path, answer, kind, summary in (
        (f"/v1/learners/{in_path('learner')}/risk", doors.learner_risk, out.LearnerRisk, "One learner's risks"),
        (
            f"/v1/learners/{in_path('learner')}/signals",
            doors.learner_signals,
            out.LearnerSignals,
            "One learner's signals",
        ),
        ("/v1/risks", doors.risks, out.Page[out.Risk], "The risks of a night, by learner"),
        ("/v1/alerts", doors.alerts, out.Page[out.Alert], "Alerts, the newest first"),
        ("/v1/journeys", doors.journeys, out.Page[out.Journey], "Journeys, the newest first"),
        ("/v1/messages", doors.messages, out.Page[out.Message], "Messages, the newest first"),
        ("/v1/signals", doors.signals, out.Page[out.Signal], "The catalogue of signals"),
        ("/v1/courses", doors.courses, out.Page[out.CourseLine], "Courses, by id"),
    ):
        told = {"description": "As asked.", "content": content_of({"application/json": kind})}
        router.add_api_route(
            path, answer, methods=["GET"], summary=summary, responses={**PROBLEMS, 200: told}, response_class=Response
        )
    return router


@dataclass(frozen=True)
class ReadingDoors:
    """What each route answers."""

    readings: Readings
    turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(SIGNALS_AT_ONCE))

    def learner_risk(
        self, request: Request, access: Reading, learner: Id, language: Language = "",
        history: Annotated[bool, Query(description="earlier nights too")] = False,
    ) -> Response:  # fmt: skip
        """As of the newest night, by course, with reasons in words; `now` is what was scored again since."""
        learner, words = _id(learner), _words(request, language)
        night = self.readings.night(access.tenant)
        now = self.readings.now(access.tenant, learner, night.run.as_of)
        heard = max((row["at"] for row in now), default=None)
        tag = _tag(access.tenant, night.run.as_of, night.mark, learner, words.language, history, heard)
        if (known := _unchanged(request, tag)) is not None:
            return known
        rows = self.readings.risks_of(access.tenant, night, learner)
        past = self.readings.history(access.tenant, learner, night.run.as_of) if history else []
        answer = out.LearnerRisk(
            learner=learner, as_of=night.run.as_of, risks=[risk_of(row, words) for row in rows],
            history=[past_of(row) for row in past], now=[now_of(row, words) for row in now],
        )  # fmt: skip
        return _answer(answer, tag)

    def learner_signals(self, request: Request, access: Reading, learner: Id) -> Response:
        """As of the newest night, by course; a signal that is not known is null."""
        learner, night = _id(learner), self.readings.night(access.tenant)
        tag = _tag(access.tenant, night.run.as_of, night.mark, learner)
        if (known := _unchanged(request, tag)) is not None:
            return known
        if not self.turns.acquire(timeout=PATIENCE_SECONDS):
            raise TooMany("signals are being computed for others", mend="ask again in 5 s", retry_after=5)
        try:
            rows = self.readings.signals_of(access.tenant, night, learner)
        finally:
            self.turns.release()
        enrolments = [signals_in(row) for row in rows]
        return _answer(out.LearnerSignals(learner=learner, as_of=night.run.as_of, enrolments=enrolments), tag)

    def risks(
        self, request: Request, access: Reading, limit: Limit = 100, cursor: Cursor = "", language: Language = "",
        as_of: date | None = None, learner: Text = "", course: Text = "", cause: Text = "", tier: Text = "",
        least: Annotated[float, Query(ge=0, le=1, description="the least risk")] = 0.0,
    ) -> Response:  # fmt: skip
        """As of the newest night, or of another (`as_of`). A cursor goes on in the night that it began in."""
        _sound(learner, course, cause, tier)
        words, went_on = _words(request, language), read_cursor(cursor, "risks", tuple[date, str, str])
        day = went_on[0] if went_on else as_of
        night = self.readings.night(access.tenant, day)
        tag = _tag(access.tenant, night.run.as_of, night.mark, words.language, str(request.url.query))
        if (known := _unchanged(request, tag)) is not None:
            return known
        if learner:
            rows, seen = self.readings.risks_of(access.tenant, night, learner), None
        else:
            wish = RiskWish(course, cause, tier, least)
            rows, seen = self.readings.risks(access.tenant, night, wish, went_on[1:] if went_on else None, limit)
        following = cursor_of("risks", (night.run.as_of, *seen)) if seen else None
        data = [risk_of(row, words) for row in rows]
        return _answer(out.Page(data=data, next=following, as_of=night.run.as_of), tag)

    def alerts(
        self, request: Request, access: Reading, limit: Limit = 100, cursor: Cursor = "", language: Language = "",
        state: Annotated[list[AlertState] | None, Query()] = None, learner: Text = "", course: Text = "",
        cause: Text = "", since: AwareDatetime | None = None,
        settled: Annotated[bool | None, Query(description="whether it waits for nobody: answered, held_out")] = None,
    ) -> Response:  # fmt: skip
        """Those opened since an instant, in some states, of a learner, a course, a cause, settled or not."""
        _sound(learner, course, cause)
        wish = PageWish(states=tuple(state or ()), learner=learner, course=course, cause=cause, since=since,
                        settled=settled)  # fmt: skip
        after = read_cursor(cursor, "alerts", tuple[Moment, str])
        rows = self.readings.alerts(access.tenant, wish, after, limit + 1)
        return _page("alerts", rows, limit, ("opened", "alert"), alert_of, _words(request, language))

    def journeys(
        self, request: Request, access: Reading, limit: Limit = 100, cursor: Cursor = "",
        state: Annotated[list[JourneyState] | None, Query()] = None, learner: Text = "", course: Text = "",
        playbook: Text = "", since: AwareDatetime | None = None,
    ) -> Response:  # fmt: skip
        """Those entered since an instant, in some states, of a learner, a course, a playbook."""
        _sound(learner, course, playbook)
        wish = PageWish(states=tuple(state or ()), learner=learner, course=course, playbook=playbook, since=since)
        after = read_cursor(cursor, "journeys", tuple[Number])
        rows = self.readings.journeys(access.tenant, wish, after, limit + 1)
        return _page("journeys", rows, limit, ("journey",), journey_of, _words(request, ""))

    def messages(
        self, request: Request, access: Reading, limit: Limit = 100, cursor: Cursor = "",
        state: Annotated[list[MessageState] | None, Query()] = None, learner: Text = "", course: Text = "",
        playbook: Text = "", channel: Text = "", since: AwareDatetime | None = None,
    ) -> Response:  # fmt: skip
        """Those made since an instant, in some states, of a learner, a course, a playbook, a channel."""
        _sound(learner, course, playbook, channel)
        wish = PageWish(states=tuple(state or ()), learner=learner, course=course, playbook=playbook, channel=channel,
                        since=since)  # fmt: skip
        after = read_cursor(cursor, "messages", tuple[Moment, str])
        rows = self.readings.messages(access.tenant, wish, after, limit + 1)
        return _page("messages", rows, limit, ("created", "key"), message_of, _words(request, ""))

    def signals(self, request: Request, access: Reading, language: Language = "") -> Response:
        """What every signal says. It changes with the version of staycourse only."""
        words = _words(request, language)
        answer = msgspec.json.encode(out.Page(data=catalogue(words), next=None))
        tag = _tag(hashlib.blake2b(answer, digest_size=16).hexdigest())
        known = _unchanged(request, tag)
        return known if known is not None else _answer(answer, tag)

    def courses(self, access: Reading, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """What was told of courses."""
        after = read_cursor(cursor, "courses", tuple[str])
        found = self.readings.courses(access.tenant, after[0] if after else "", limit + 1)
        last = (found[limit - 1].course,) if len(found) > limit else None
        return _answer(out.Page(data=[course_of(one) for one in found[:limit]], next=cursor_of("courses", last)))


def _page(
    kind: str, rows: Sequence[Any], limit: int, keys: tuple[str, ...], record: Callable[[Any, Words], Any], words: Words
) -> Response:
    """Answer a page; one row more than `limit` was read, to know whether there is another."""
    last = tuple(rows[limit - 1][key] for key in keys) if len(rows) > limit else None
    data = [record(row, words) for row in rows[:limit]]
    return _answer(out.Page(data=data, next=cursor_of(kind, last)))


def _answer(answer: Any, tag: str = "") -> Response:
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    return Response(body, 200, _headers(tag), media_type="application/json")


def _headers(tag: str) -> dict[str, str]:
    """What a nightly answer says of itself: kept by who asked, and asked about again each time."""
    if not tag:
        return {}
    return {"etag": tag, "cache-control": "private, no-cache", "vary": "accept-language, authorization"}


def _tag(*parts: object) -> str:
    """Return the entity tag (RFC 9110, 8.8.3) of what follows from `parts` alone."""
    told = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return f'"{hashlib.blake2b(told, digest_size=16).hexdigest()}"'


def _unchanged(request: Request, tag: str) -> Response | None:
    """Return 304 where who asks has this very answer (RFC 9110, 13.1.2), None otherwise."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return Response(None, 304, _headers(tag)) if tag in known or "*" in known else None


def _words(request: Request, language: str) -> Words:
    return words_of(language or preferred_language(request.headers.get("accept-language", "")))


def _id(learner: str) -> str:
    if not learner or len(learner) > 500 or not sound(learner):
        raise NotFound("there is no such learner", where="learner", mend="check the id")
    return learner


def _sound(*texts: str) -> None:
    if not all(map(sound, texts)):
        raise BadInput("holds a character that no text here has", where="query", mend="leave it out")
