"""The native door: events in batches, learners and courses one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from staycourse.app.intake.arrivals import NATIVE
from staycourse.events import Course, Event, Learner, check_course, check_learner, shape_error
from staycourse.kernel import BadInput, worded
from staycourse.web.api.access import Writing
from staycourse.web.api.batches import Batch, Rejected, read_json, read_lines
from staycourse.web.api.body import JSON_TYPES, decoded, media_type, read_body
from staycourse.web.api.describing import PROBLEMS, body_of, posted
from staycourse.web.api.hot import Asked, HotRoute
from staycourse.web.api.naming import Id, in_path
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import Problem, UnknownForm, none_kept

LINES_TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
                      "application/json-lines")  # fmt: skip
MOST_RECORD: Final = 64 << 10

Record = TypeVar("Record", Learner, Course)


class Taken(msgspec.Struct):
    """How many events are on the disk now, and which were not kept and why."""

    accepted: int
    rejected: list[Rejected]


class NoneTaken(Problem, kw_only=True):
    """None of the events could be kept."""

    rejected: list[Rejected]


EVENTS: Final = {
    "post": posted(
        "Keep a batch of events",
        "Answers once the events are on the disk. Good ones are kept beside bad ones; sending a batch again is"
        " harmless, since an event id is kept once. At most 10,000 events or 16 MiB, plain or gzip.",
        {"application/json": list[Event], "application/x-ndjson": Event}, Taken, NoneTaken,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NativeDoor:
    """Takes what platforms tell in our own form."""

    parts: Parts

    def events(self) -> HotRoute:
        """Return the hot route of `POST /v1/events`."""
        return HotRoute(self.parts, NATIVE, "write", self._take)

    def router(self) -> APIRouter:
        """Return the routes of learners and courses."""
        router = APIRouter(tags=["facts in"])
        for path, put, record in ((f"/v1/learners/{in_path('learner')}", self.put_learner, Learner),
                                  (f"/v1/courses/{in_path('course')}", self.put_course, Course)):  # fmt: skip
            name = record.__name__.lower()
            router.add_api_route(path, put, methods=["PUT"], summary=f"Keep what is known of a {name}",
                                 responses=PROBLEMS, openapi_extra={"requestBody": body_of(record)})  # fmt: skip
        return router

    async def _take(self, asked: Asked) -> tuple[int, Any]:
        batch = _read(asked, self.parts)
        accepted = len(batch.events)
        self.parts.doorkeeper.spend(asked.access, accepted)
        await self.parts.intake.taken(asked.access.tenant, batch.let_go())
        self.parts.intake.arrivals.note(asked.access.tenant, NATIVE, accepted)
        if accepted or not batch.rejected:
            return 200, Taken(accepted, batch.rejected)
        return 422, NoneTaken(**none_kept(worded("no event could be kept")), rejected=batch.rejected)

    async def put_learner(self, learner: Id, request: Request, access: Writing) -> dict[str, bool]:
        """Keep a learner's attributes; what is left out stays as it was. `kept` is false for who was erased."""
        with self.parts.noting(access, NATIVE):
            told, now = await self._record(request, Learner, learner), self.parts.home.settings.clock.now()
            record = check_learner(told, now.date())
        kept = await run_in_threadpool(self.parts.intake.take_learners, access.tenant, [record])
        return {"kept": kept > 0}

    async def put_course(self, course: Id, request: Request, access: Writing) -> dict[str, bool]:
        """Keep what is known of a course; it replaces what was known before."""
        with self.parts.noting(access, NATIVE):
            record = check_course(await self._record(request, Course, course))
        await run_in_threadpool(self.parts.home.store.put_courses, access.tenant, [record])
        return {"kept": True}

    async def _record(self, request: Request, kind: type[Record], name: str) -> Record:
        """Read the body as one record of `kind` that is called `name` by the path."""
        media = media_type(request.headers)
        if media not in JSON_TYPES:
            raise UnknownForm(
                worded("{media!r} is not read here", media=media[:60]),
                where="content-type",
                mend="send application/json",
            )
        with self.parts.intake.room() as hold:
            body = await read_body(request.headers, request.receive, hold, MOST_RECORD)
        key = kind.__name__.lower()
        try:
            fields = decoded(body, dict[str, Any])
            if fields.setdefault(key, name) != name:
                raise BadInput("the path names another", where=key, mend="leave it out of the body")
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as error:
            raise _not_fitting(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadInput("not JSON in UTF-8", where="body", mend="send one JSON object") from None


def _read(asked: Asked, parts: Parts) -> Batch:
    now, kind = parts.home.settings.clock.now(), media_type(asked.headers)
    if kind in JSON_TYPES:
        return read_json(asked.body, now)
    if kind in LINES_TYPES:
        return read_lines(asked.body, now)
    raise UnknownForm(
        worded("{kind!r} is not read here", kind=kind[:60]),
        where="content-type",
        mend="send application/json or application/x-ndjson",
    )


def _not_fitting(error: msgspec.ValidationError) -> BadInput:
    found = shape_error(error)
    return BadInput(found.wording.what, where=found.where if found.where != "event" else "", mend=found.wording.mend)
