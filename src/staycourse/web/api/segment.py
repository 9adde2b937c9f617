"""The Segment-shaped door, and PostHog's beside it: their clients deliver here unchanged.

What they send is read in staycourse.web.api.segment_messages. Their clients take status 200 alone for success,
try again on 408, 429 and 5xx, and read `code` and `message` (Segment) or `detail` (PostHog) of a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from staycourse.app.intake import Mappings, Sorted, Tracked, keep_unmapped, sort_messages, unmapped_names
from staycourse.app.intake.arrivals import POSTHOG, SEGMENT
from staycourse.kernel import BadInput, natural_id, worded
from staycourse.web.api.access import Reading
from staycourse.web.api.batches import Rejected
from staycourse.web.api.body import JSON_TYPES, decoded, media_type
from staycourse.web.api.describing import PROBLEMS, posted
from staycourse.web.api.hot import Asked, HotRoute
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import Problem, UnknownForm
from staycourse.web.api.segment_messages import TYPES, posthog_message, segment_message

SEGMENT_MESSAGE: Final = 32 << 10
SEGMENT_BATCH: Final = 512 << 10
"""Segment's own bounds, 32 KB a message and 500 KB a batch; its clients fill a batch up to some 510,000 bytes."""

POSTHOG_MESSAGE: Final = 1 << 20
POSTHOG_BATCH: Final = 8 << 20


class Delivered(msgspec.Struct):
    """What became of the messages: events on the disk, learners, kept until they are mapped, let go, refused."""

    success: bool
    accepted: int
    learners: int
    unmapped: int
    ignored: int
    rejected: list[Rejected]


class Undelivered(Problem, kw_only=True):
    """No message of the batch could be read."""

    rejected: list[Rejected]


class UnmappedEvent(BaseModel):
    """One name: how often it came, when first and last, why it is no event ("": not mapped), one message as JSON,
    and how many of its messages are kept. The name is empty for further names, counted together."""

    name: str
    door: str
    reason: str
    count: int
    first: datetime
    last: datetime
    sample: str
    kept: int


class UnmappedNames(BaseModel):
    """The names that are no events yet."""

    names: list[UnmappedEvent]


class _Keys(msgspec.Struct):
    writeKey: str = ""  # noqa: N815 - Segment's name
    api_key: str = ""
    token: str = ""


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815 - Segment's name
    sent_at: Any = None


Read = Callable[[Mapping[str, Any], str, datetime, Any], Sequence[Tracked]]
"""Reads one message: its fields, the id it gets if it has none, when it came, when its sender says it was sent."""


@dataclass(frozen=True, slots=True)
class TrackDoor:
    """Takes messages under platforms' own event names."""

    parts: Parts
    mappings: Mappings

    def segment(self, kind: str) -> HotRoute:
        """Return the route of one Segment call, or of `batch`."""

        def read(fields: Mapping[str, Any], spare: str, now: datetime, sent: Any) -> Sequence[Tracked]:
            return segment_message(fields if kind == "batch" else {**fields, "type": kind}, spare, now, sent)

        return self._route(SEGMENT, read, SEGMENT_MESSAGE, SEGMENT_BATCH)

    def posthog(self) -> HotRoute:
        """Return the route of PostHog's batches and single captures."""
        return self._route(POSTHOG, posthog_message, POSTHOG_MESSAGE, POSTHOG_BATCH)

    def router(self) -> APIRouter:
        """Return the route that shows what is not mapped yet."""
        router = APIRouter(tags=["facts in"])
        router.add_api_route("/v1/events/unmapped", self.unmapped, methods=["GET"], responses=PROBLEMS,
                             summary="Event names that came in and are no events yet")  # fmt: skip
        return router

    def unmapped(self, access: Reading) -> UnmappedNames:
        """Return the names, the most frequent first, each with its newest message."""
        rows = unmapped_names(self.parts.home, access.tenant)
        return UnmappedNames(names=[UnmappedEvent(**asdict(row)) for row in rows])

    def _route(self, door: str, read: Read, most: int, most_batch: int) -> HotRoute:
        async def work(asked: Asked) -> tuple[int, Any]:
            return await self._deliver(asked, read, most)

        return HotRoute(self.parts, door, "write", work, key_of, most_batch)

    async def _deliver(self, asked: Asked, read: Read, most: int) -> tuple[int, Any]:
        media = media_type(asked.headers)
        if media not in JSON_TYPES and media != "text/plain":  # browsers' beacons call it text
            raise UnknownForm(
                worded("{media!r} is not read here", media=media[:60]),
                where="content-type",
                mend="send application/json",
            )
        now, tenant = self.parts.home.settings.clock.now(), asked.access.tenant
        messages, rejected = _messages(asked.body, read, most, now)
        self.parts.doorkeeper.spend(asked.access, len(messages))
        found = sort_messages(messages, await self.mappings.asked(tenant), now)
        await self.parts.intake.taken(tenant, found.events)
        if messages:
            self.parts.intake.arrivals.note(tenant, messages[0].door, len(messages))
        if found.learners or found.unmapped:
            await run_in_threadpool(self._keep, tenant, found)
        if rejected and not messages:
            what = str(worded("no message could be read: {what}", what=rejected[0].what))
            return 400, Undelivered(title="Bad Request", status=400, code="bad-input", detail=what, message=what,
                                    rejected=rejected)  # fmt: skip
        return 200, Delivered(success=True, accepted=len(found.events), learners=len(found.learners),
                              unmapped=len(found.unmapped), ignored=found.ignored, rejected=rejected)  # fmt: skip

    def _keep(self, tenant: str, found: Sorted) -> None:
        if found.learners:
            self.parts.intake.take_learners(tenant, found.learners)
        if found.unmapped:
            keep_unmapped(self.parts.home, tenant, found.unmapped)


def key_of(body: bytes) -> str:
    """Return the key's text where no header shows one: `writeKey`, `api_key` or `token` in the body."""
    try:
        keys = decoded(body, _Keys)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return keys.writeKey or keys.api_key or keys.token


def _messages(
    body: bytes, read: Read, most: int, now: datetime
) -> tuple[list[Tracked], list[Rejected]]:  # fmt: skip
    pieces, sent = _pieces(body)
    messages: list[Tracked] = []
    rejected: list[Rejected] = []
    for index, piece in enumerate(pieces):
        raw = bytes(piece)
        try:
            if len(raw) > most:
                raise BadInput(
                    worded("more than {most:,} bytes", most=most), where="", mend="send less with each message"
                )
            messages += read(decoded(raw, dict[str, Any]), natural_id(raw), now, sent)
        except BadInput as error:
            rejected.append(Rejected(index, f"/{error.where}" if error.where else "", error.what, error.mend))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            rejected.append(Rejected(index, "", "not a flat JSON object", "send one JSON object"))
    return messages, rejected


def _pieces(body: bytes) -> tuple[Sequence[msgspec.Raw | bytes], Any]:
    """Return the messages of a body and when it says it was sent: a batch, or one message."""
    try:
        batch = decoded(body, _Batch)
        return batch.batch, batch.sentAt or batch.sent_at
    except msgspec.ValidationError:
        return [body], None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("not JSON in UTF-8", where="body", mend="send one JSON object") from None


_OBJECT: Final = dict[str, Any]

SEGMENT_CALLS: Final = {
    kind: {"post": posted(
        f"Segment's {kind} call" if kind != "batch" else "A batch of Segment's calls",
        "As Segment's clients send it, with the key as Basic user name or as `writeKey`. Event names are read by the"
        " policy's mapping; what is not mapped is kept and shown.",
        {"application/json": _OBJECT}, Delivered, Undelivered,
    )}
    for kind in ("batch", *TYPES)
}  # fmt: skip

POSTHOG_BATCHES: Final = {
    "post": posted(
        "PostHog's batches",
        "As PostHog's clients send them, with the key as `api_key`.",
        {"application/json": _OBJECT}, Delivered, Undelivered,
    ),
}  # fmt: skip
