"""The past as lessons: on many as-of days, what was known then and what became of each enrolment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Course
from staycourse.signals import Label, SignalEngine


@dataclass(frozen=True, slots=True)
class Frame:
    """What was known of the open enrolments as of one day, and who of them left within the horizon after it.

    `signals` has a row per enrolment; `outcome` is true, row for row, where the learner left.
    """

    as_of: date
    signals: pa.Table
    outcome: npt.NDArray[np.bool_]


def frame_of(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    as_of: date,
    *,
    horizon_days: int,
    label: Label,
    known_by: date,
) -> Frame:
    """Return the lesson of one as-of day, by what was known of its outcome at the end of `known_by`."""
    signals = engine.signals(tenant, as_of, courses)
    outcomes = engine.outcomes(tenant, as_of, courses, horizon_days=horizon_days, label=label, known_by=known_by)
    place = pc.index_in(_keys(outcomes), value_set=_keys(signals))
    told = outcomes["outcome"].combine_chunks().filter(pc.is_valid(place))
    rows = signals.take(place.drop_null())
    return Frame(as_of, rows, np.asarray(told.to_numpy(zero_copy_only=False), dtype=np.bool_))


def as_of_days(first: date, last: date, every_days: int) -> list[date]:
    """Return the days from `last` back to `first`, `every_days` apart, oldest first."""
    return [last - timedelta(days=back) for back in range(0, (last - first).days + 1, every_days)][::-1]


def training_frames(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    *,
    known_by: date,
    horizon_days: int,
    label: Label,
    every_days: int,
    history_days: int,
) -> Iterator[Frame]:
    """Yield the lessons whose outcome was known by the end of `known_by`, oldest first; none if there is no history."""
    span = engine.span(tenant)
    if span is None:
        return
    last = known_by - timedelta(days=horizon_days)
    first = max(span.first_event_day, known_by - timedelta(days=history_days))
    for as_of in as_of_days(first, last, every_days):
        frame = frame_of(engine, tenant, courses, as_of, horizon_days=horizon_days, label=label, known_by=known_by)
        if len(frame.outcome):
            yield frame


def _keys(table: pa.Table) -> pa.Array:
    """Return one text per row that names its enrolment."""
    joined = pc.binary_join_element_wise(table["learner"], table["course"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
