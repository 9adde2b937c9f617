"""The rollup's definition: from the lake's events to one row of counters per learner, course and day.

A rollup row carries whole numbers only, and no number where nothing happened: an absent counter is null, not zero.
Sums skip nulls, so the many rare counters cost next to nothing, neither on disk nor in time.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from staycourse.events.counters import COUNTERS, Counter
from staycourse.events.vocabulary import LEARNING_VERBS, PRESENCE_VERBS, TEXT_VERBS

EVENT_COLUMNS = {
    "ingest_day": "date", "learner": "string", "course": "string", "verb": "string", "value": "int64",
    "event_day": "date", "event_hour": "int8", "feeling": "int8",
}  # fmt: skip
"""The columns of the lake's events that the rollup reads."""

_VERB_SETS = {"learning": LEARNING_VERBS, "presence": PRESENCE_VERBS, "text": TEXT_VERBS}


def rollup_of(events: ir.Table) -> ir.Table:
    """Return ingest_day, learner, course, day and every counter (int64; null for none) of `events`.

    Days are int32, counted since 1970-01-01.

    Additive: the rollup of a union of events is the sum of their rollups, row by row. `events` has EVENT_COLUMNS.
    """
    marked = events.select(
        events.learner,
        events.course,
        events.verb,
        events.event_hour,
        events.feeling,
        events.value,
        day=events.event_day.epoch_days().cast("int32"),
        ingest_day=events.ingest_day.epoch_days().cast("int32"),
        **{name: events.verb.isin(verbs) for name, verbs in _VERB_SETS.items()},
    )
    sums = {counter.name: _counted(marked, counter).nullif(0).cast("int64") for counter in COUNTERS}
    return marked.group_by("ingest_day", "learner", "course", "day").agg(**sums)


def _counted(events: ir.Table, counter: Counter) -> ir.IntegerScalar:
    """Return the sum of `counter` over a group.

    No FILTER clause: some engines slice every column again for each one.
    """
    meets = _condition(events, counter)
    if counter.measure == "count":
        return meets.cast("int16").sum()
    return ibis.ifelse(meets, events.value, None).sum()


def _condition(events: ir.Table, counter: Counter) -> ir.BooleanValue:
    parts = [_verb_is_one_of(events, counter.verbs)]
    if counter.value_from is not None:
        parts.append(events.value >= counter.value_from)
    if counter.value_below is not None:
        parts.append(events.value < counter.value_below)
    if counter.hour_from is not None:
        parts.append(events.event_hour >= counter.hour_from)
    if counter.hour_below is not None:
        parts.append(events.event_hour < counter.hour_below)
    if counter.feeling is not None:
        parts.append(events.feeling == counter.feeling)
    return reduce(and_, parts)


def _verb_is_one_of(events: ir.Table, verbs: tuple[str, ...]) -> ir.BooleanValue:
    for name, members in _VERB_SETS.items():
        if verbs == members:
            return events[name]
    return events.verb == verbs[0] if len(verbs) == 1 else events.verb.isin(verbs)
