"""The rollup's definition: from the lake's events to one row of counters per learner, course and day.

A rollup row carries whole numbers only, and no number where nothing happened: an absent counter is null, not zero.
Sums skip nulls, so the many rare counters cost next to nothing, neither on disk nor in time.

Verbs are looked up once, as small numbers: comparing these sixty times an event costs less than comparing words.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from staycourse.events.counters import COUNTERS, Counter
from staycourse.events.vocabulary import LEARNING_VERBS, PRESENCE_VERBS, TEXT_VERBS, VERBS

if TYPE_CHECKING:  # ibis takes a second to load: who only tells events (staycourse.client) does not wait for it
    import ibis.expr.types as ir

EVENT_COLUMNS = {
    "ingest_day": "date", "learner": "string", "course": "string", "verb": "string", "value": "int64",
    "event_day": "date", "event_hour": "int8", "feeling": "int8",
}  # fmt: skip
"""The columns of the lake's events that the rollup reads."""

_VERB_SETS = {"learning": LEARNING_VERBS, "presence": PRESENCE_VERBS, "text": TEXT_VERBS}
_NUMBER = {verb.name: number for number, verb in enumerate(VERBS)}


def rollup_of(events: ir.Table) -> ir.Table:
    """Return ingest_day, learner, course, day and every counter (int64; null for none) of `events`.

    Days are int32, counted since 1970-01-01.

    Additive: the rollup of a union of events is the sum of their rollups, row by row. `events` has EVENT_COLUMNS.
    """
    numbered = events.left_join(_verbs(), "verb")
    marked = numbered.select(
        "learner",
        "course",
        "verb_no",
        "event_hour",
        "feeling",
        "value",
        *_VERB_SETS,
        day=numbered.event_day.epoch_days().cast("int32"),
        ingest_day=numbered.ingest_day.epoch_days().cast("int32"),
    )
    sums = {counter.name: _counted(marked, counter).nullif(0).cast("int64") for counter in COUNTERS}
    return marked.group_by("ingest_day", "learner", "course", "day").agg(**sums)


def _verbs() -> ir.Table:
    """Return the table of verbs: verb, verb_no, and of which sets each is. Its numbers are kept nowhere."""
    import ibis

    rows = [
        ibis.struct({
            "verb": ibis.literal(verb.name),
            "verb_no": ibis.literal(_NUMBER[verb.name], "int8"),
            **{kind: ibis.literal(verb.name in members) for kind, members in _VERB_SETS.items()},
        })
        for verb in VERBS
    ]  # fmt: skip
    listed = ibis.array(rows).unnest().name("row").as_table()
    return listed.select(**{name: listed.row[name] for name in ("verb", "verb_no", *_VERB_SETS)})


def _counted(events: ir.Table, counter: Counter) -> ir.IntegerScalar:
    """Return the sum of `counter` over a group.

    No FILTER clause: some engines slice every column again for each one.
    """
    import ibis

    meets = _condition(events, counter)
    if counter.measure == "count":
        return ibis.ifelse(meets, 1, None).count()
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
    return reduce(or_, (events.verb_no == _NUMBER[verb] for verb in verbs))
