"""What platforms' own event names mean: from a name and its properties to a verb of the vocabulary."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

EventName = Annotated[str, Meta(min_length=1, max_length=200)]
PropertyName = Annotated[str, Meta(min_length=1, max_length=200)]
PropertyNames = Annotated[tuple[PropertyName, ...], Meta(max_length=20)]
VerbName = Annotated[str, Meta(min_length=1, max_length=64)]


class EventMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One event name's verb, and the properties (a.b for one within another) where course, object and value stand.

    Of several properties the first that is there is taken. `course` empty means those of the whole section. The value
    is the property times `times`, rounded to a whole number of the verb's unit; `value` left out gives none. `text` is
    the property that holds the learner's own words, `currency` that which names the currency.
    """

    verb: VerbName
    course: PropertyNames = ()
    object: PropertyNames = ()
    value: PropertyNames = ()
    times: Annotated[float, Meta(gt=0, le=1_000_000)] = 1.0
    text: PropertyNames = ()
    currency: PropertyNames = ()


class EventsPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How events under platforms' own names are read. `ignore` are names that are let go, on purpose."""

    course: PropertyNames = ()
    ignore: Annotated[tuple[EventName, ...], Meta(max_length=1000)] = ()
    names: Annotated[dict[EventName, EventMapping], Meta(max_length=2000)] = {}
