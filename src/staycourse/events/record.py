"""One event: a fact about what happened, as every door hands it in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from staycourse.kernel.ids import MAX_ID

SCHEMA_VERSION = 1

Identifier = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
Label = Annotated[str, Meta(max_length=MAX_ID)]
ObjectName = Annotated[str, Meta(max_length=500)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Attributes = Annotated[
    dict[Annotated[str, Meta(max_length=100)], Annotated[str, Meta(max_length=10_000)]], Meta(max_length=50)
]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """Something that happened to, or was done by, one learner. It refers to nothing that could refer back (`gc=False`).

    `event_id` makes retries harmless: the same id is kept once. `course` is empty where the event is about no course
    (a login, a payment). `object` is the thing done or used. `value` is a whole number in the verb's unit. `time` is
    when it happened, `received` when it was known (filled in on arrival; a backfill takes its own time). `attributes`
    are texts.
    """

    event_id: Identifier
    learner: Identifier
    verb: Label
    time: Annotated[datetime, Meta(tz=True)]
    course: Label = ""
    object: ObjectName = ""
    value: Whole | None = None
    received: Annotated[datetime, Meta(tz=True)] | None = None
    source: Label = ""
    attributes: Attributes = {}
    backfill: bool = False
