"""The door for Caliper 1.2 sensors: `POST /v1/caliper` takes envelopes, plain or gzip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool

from staycourse.app.intake import Mappings, Tracked, keep_unmapped, sort_messages
from staycourse.app.intake.arrivals import CALIPER
from staycourse.events import Event
from staycourse.events.caliper import NO_VERB, NotTold, event_of_caliper
from staycourse.kernel import BadEvent, BadInput, worded
from staycourse.web.api.batches import MOST_EVENTS, Rejected
from staycourse.web.api.body import JSON_TYPES, decoded, media_type
from staycourse.web.api.describing import posted
from staycourse.web.api.hot import Asked, HotRoute
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import Problem, TooLarge, UnknownForm, none_kept, pointer

CONTEXT: Final = "http://purl.imsglobal.org/ctx/caliper/v1p"
"""How the name of every 1.x data version begins."""


class Envelope(msgspec.Struct, rename="camel"):
    """What a sensor sends (Caliper 1.2, section 4.3): events and, in between, descriptions of entities."""

    sensor: str
    send_time: datetime
    data_version: str
    data: list[Any]


class Unused(msgspec.Struct):
    """One event that is good Caliper and tells none of our verbs, nor is mapped to one by the policy: it is kept."""

    index: int
    event: str
    why: str


class Received(msgspec.Struct):
    """How many events are on the disk now, how many entities were only described, and what was not kept and why."""

    accepted: int
    described: int
    unused: list[Unused]
    rejected: list[Rejected]


class NoneReceived(Problem, kw_only=True):
    """None of the events is one of Caliper's form."""

    rejected: list[Rejected]


ENVELOPES: Final = {
    "post": posted(
        "Keep a Caliper envelope",
        "Answers once the events are on the disk. Events that tell none of our verbs are read by the policy's mapping"
        " (as `Type.Action`); what is not mapped is named, kept and shown. Sending an envelope again is harmless,"
        " since an event's UUID is kept once.",
        {"application/json": Envelope}, Received, NoneReceived,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaliperDoor:
    """Takes what Caliper sensors send."""

    parts: Parts
    mappings: Mappings

    def envelopes(self) -> HotRoute:
        """Return the hot route of `POST /v1/caliper`."""
        return HotRoute(self.parts, CALIPER, "caliper", self._take)

    async def _take(self, asked: Asked) -> tuple[int, Any]:
        media = media_type(asked.headers)
        if media not in (*JSON_TYPES, "application/ld+json"):
            raise UnknownForm(
                worded("{media!r} is not read here", media=media[:60]),
                where="content-type",
                mend="send application/json",
            )
        now, tenant = self.parts.home.settings.clock.now(), asked.access.tenant
        events, untold, received = read_envelope(asked.body, now)
        self.parts.doorkeeper.spend(asked.access, len(events) + len(untold))
        if untold:
            events += await self._told_by_policy(tenant, untold, received, now)
        await self.parts.intake.taken(tenant, events)
        self.parts.intake.arrivals.note(tenant, CALIPER, received.accepted + len(received.unused))
        if received.rejected and not (events or received.unused or received.described):
            none = none_kept(worded("no event is of Caliper's form"))
            return 422, NoneReceived(**none, rejected=received.rejected)
        return 200, received

    async def _told_by_policy(
        self, tenant: str, untold: Mapping[int, Tracked], received: Received, now: datetime
    ) -> list[Event]:
        """Read by the policy's mapping what tells none of our verbs by itself, and keep what it does not map."""
        mapping = await self.mappings.asked(tenant)
        found = {index: sort_messages([told], mapping, now) for index, told in untold.items()}
        kept = [message for one in found.values() for message in one.unmapped]
        if kept:
            await run_in_threadpool(keep_unmapped, self.parts.home, tenant, kept)
        received.unused = [one for one in received.unused if found[one.index].unmapped]
        events = [event for one in found.values() for event in one.events]
        received.accepted += len(events)
        return events


def read_envelope(body: bytes, now: datetime) -> tuple[list[Event], dict[int, Tracked], Received]:
    """Return the events of an envelope, those by their place that tell none of our verbs, and what became of each
    piece; BadInput if it is none."""
    envelope = _envelope(body)
    if len(envelope.data) > MOST_EVENTS:
        raise TooLarge(
            worded("{count:,} events at once", count=len(envelope.data)),
            where="data",
            mend=worded("send at most {most:,}", most=MOST_EVENTS),
        )
    events: list[Event] = []
    untold: dict[int, Tracked] = {}
    received = Received(0, 0, [], [])
    for index, told in enumerate(envelope.data):
        if _is_entity(told):
            received.described += 1
            continue
        try:
            found = event_of_caliper(told, now)
        except BadEvent as error:
            where = pointer("" if error.where == "event" else error.where)
            received.rejected.append(Rejected(index, f"/data/{index}{where}", error.what, error.mend))
            continue
        if isinstance(found, NotTold):
            received.unused.append(Unused(index, found.name, found.why))
            why = "" if found.why == NO_VERB else found.why
            untold[index] = Tracked(CALIPER, found.key, found.learner, found.name, found.time, told, why)
        else:
            events.append(found)
    received.accepted = len(events)
    return events, untold, received


def _envelope(body: bytes) -> Envelope:
    try:
        envelope = decoded(body, Envelope)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise BadInput(what[:200], where=where.rstrip("`").lstrip("."), mend="see Caliper 1.2, 4.3") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("not JSON in UTF-8", where="body", mend="send one envelope") from None
    if not envelope.data_version.startswith(CONTEXT):
        raise BadInput(
            worded("{data_version!r} is not read here", data_version=envelope.data_version[:80]),
            where="dataVersion",
            mend=worded("send {form}2", form=CONTEXT),
        )
    return envelope


def _is_entity(told: Any) -> bool:
    """Say whether a piece only describes an entity: it has a type and no event's action."""
    if not isinstance(told, dict):
        return False
    return "action" not in told and "eventTime" not in told and not str(told.get("type", "Event")).endswith("Event")
