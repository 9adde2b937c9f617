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
from staycourse.signals import Label, Lots, SignalEngine, shares

ROWS_AT_MOST = 500_000
"""More lessons than this are thinned by lot: memory stays bounded, and more of them barely change the trees."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was known of the open enrolments as of one day, and who of them left within the horizon after it.

    `signals` has a row per enrolment; `outcome` is true, row for row, where the learner left. Where they were drawn by
    lot, `lot` has each row's, and all are below `share`, which falls from frame to frame as more are found.
    """

    as_of: date
    signals: pa.Table
    outcome: npt.NDArray[np.bool_]
    lot: npt.NDArray[np.float64] | None = None
    share: float = 1.0


def frames_on(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    days: Sequence[date],
    *,
    horizon_days: int,
    label: Label,
    known_by: date,
    lots: Lots | None = None,
) -> Iterator[Frame]:
    """Yield the lessons of the as-of `days`, by what was known of their outcomes at the end of `known_by`.

    With `lots`, those that are drawn. Whose course has not started on the day is no lesson in silence: nothing was to
    be learned in it yet.
    """
    told = engine.lessons(tenant, days, courses, horizon_days=horizon_days, label=label, known_by=known_by, lots=lots)
    for as_of, table in told:
        if label == "silence":
            table = table.filter(pc.greater_equal(table["course_day"], 0))
        if table.num_rows:
            outcome = table["outcome"].combine_chunks().to_numpy(zero_copy_only=False)
            left = np.asarray(outcome, dtype=np.bool_)
            if lots is None:
                yield Frame(as_of, table.drop_columns(["outcome"]), left)
            else:
                drawn = shares(table["lot"].to_pylist())
                yield Frame(as_of, table.drop_columns(["outcome", "lot"]), left, drawn, lots.share)


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
    rows_at_most: int = ROWS_AT_MOST,
) -> Iterator[Frame]:
    """Yield the lessons whose outcome was known by the end of `known_by`, oldest first; none if there is no history.

    Of more than `rows_at_most` those are drawn, where the engine computes, whose lots are lowest.
    """
    span = engine.span(tenant)
    if span is None:
        return
    last = known_by - timedelta(days=horizon_days)
    first = max(span.first_event_day, known_by - timedelta(days=history_days))
    days = as_of_days(first, last, every_days)
    lots = Lots(rows_at_most)
    yield from frames_on(
        engine, tenant, courses, days, horizon_days=horizon_days, label=label, known_by=known_by, lots=lots
    )
