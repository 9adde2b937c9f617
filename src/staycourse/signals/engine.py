"""What the rooms need of an engine: keep the rollup, and answer about signals, outcomes and silences as of any day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa

from staycourse.events import Course
from staycourse.kernel import NotEnoughData, worded
from staycourse.signals.lots import Lots

Label = Literal["silence", "withdrawal"]


class EventFile(Protocol):
    """A live file of the lake, as the engine needs it."""

    @property
    def path(self) -> Path:
        """Return where it lies."""
        ...

    @property
    def ingest_day(self) -> date:
        """Return the local day on which its events arrived."""
        ...

    @property
    def rows(self) -> int:
        """Return how many events it holds."""
        ...


@dataclass(frozen=True, slots=True)
class RollupReport:
    """What `roll_up` did. `rows` are the rows of the added files."""

    files_added: int
    files_dropped: int
    rows: int


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a tenant's rollup covers, and its rows."""

    first_event_day: date
    last_event_day: date
    first_ingest_day: date
    last_ingest_day: date
    rows: int


class SignalEngine(Protocol):
    """Computes over one home's rollups.

    "As of day D" uses only what had arrived, and had happened, by the end of day D.
    """

    def roll_up(self, tenant: str) -> RollupReport:
        """Bring the rollup up to the lake's live files: add what is missing, drop what has no event file any more."""
        ...

    def span(self, tenant: str) -> Span | None:
        """Return what the rollup covers; None if it is empty."""
        ...

    def watched(self, tenant: str, as_of: date, courses: Sequence[Course]) -> int:
        """Return how many enrolments are open as of a day: the rows of `signals`, none of them computed."""
        ...

    def enrolled(self, tenant: str, most: int) -> int:
        """Return how many enrolments were ever heard of, counted up to `most`."""
        ...

    def signals(self, tenant: str, as_of: date, courses: Sequence[Course], *, learner: str | None = None) -> pa.Table:
        """Return the open enrolments as of a day, ordered by learner and course, with every signal of the catalogue.

        Columns: learner, course, enrolled_on date32, course_day int32 (days since the course started, else since the
        enrolment), then the signals, float64, null where not known. `learner` asks for one learner's rows; the peers
        stay everyone.
        """
        ...

    def scored(
        self, tenant: str, as_of: date, courses: Sequence[Course], score: Callable[[pa.Table], pa.Table]
    ) -> pa.Table:
        """Return what `score` makes of the rows of `signals`, in their order: part by part, where the engine computes.

        `score` gives a row for each row it is given, of any part, also of none. It must be fit to be sent elsewhere.
        """
        ...

    def outcomes(
        self,
        tenant: str,
        as_of: date,
        courses: Sequence[Course],
        *,
        horizon_days: int,
        label: Label,
        known_by: date,
    ) -> pa.Table:
        """Return learner, course, outcome (bool) of the same enrolments: what became of them in (as_of, as_of +
        horizon].

        silence: no learning activity; enrolments whose course ends, or is completed, within the horizon are left out.
        withdrawal: a `withdrawn` event. Only what had arrived by `known_by` is used, which must not be before the
        horizon's end.
        """
        ...

    def lessons(
        self,
        tenant: str,
        as_of_days: Sequence[date],
        courses: Sequence[Course],
        *,
        horizon_days: int,
        label: Label,
        known_by: date,
        lots: Lots | None = None,
    ) -> Iterator[tuple[date, pa.Table]]:
        """Yield each as-of day with the columns of `signals` and `outcome`, of the enrolments that `outcomes` has.

        The same values as asking day by day, many times faster where there are many days. With `lots`, only those that
        are drawn by what is known of how many there are so far, and a column `lot` (text); days without any may then be
        left out.
        """
        ...

    def afterwards(self, tenant: str, asked: pa.Table, *, known_by: date) -> pa.Table:
        """Return what came after each of many days: the columns of `asked` (learner, course, as_of date32,
        horizon_days int32), row for row, and absent_days int32, returned_on, last_learning_on, withdrew_on, paid_on
        date32.

        Course "" asks about the learner over all courses. absent_days: the silence as of `as_of`, as it was known then
        (since the enrolment where nothing had been learned; null where nothing was known). returned_on: the first later
        day with learning activity or a completion. last_learning_on: the last later day with learning activity within
        the horizon. withdrew_on: the first later withdrawal. paid_on: the first later payment or renewal. These four as
        known by the end of `known_by`; null where there is none.
        """
        ...

    def gaps(self, tenant: str, known_by: date, courses: Sequence[Course]) -> pa.Table:
        """Return course ("" for the learner over all courses), gap_days, returned, count of the silences between
        learning days.

        gap_days is the number of whole days without learning (at least 1). The open silence at the end counts with
        returned = false and the days it has lasted by `known_by`, or by the course's end or completion if that was
        earlier.
        """
        ...

    def activity(self, tenant: str, learner: str, as_of: date) -> pa.Table:
        """Return one learner's course, event_day and counters of activity and class quality, oldest first."""
        ...


def measured_span(engine: SignalEngine, tenant: str) -> Span:
    """Return the days that the tenant's rollup covers; NotEnoughData where no night has measured anything yet."""
    span = engine.span(tenant)
    if span is None:
        raise NotEnoughData(
            "no night has measured anything yet",
            where=worded("tenant {tenant}", tenant=tenant),
            mend="run staycourse import, then nightly",
        )
    return span
