"""The past as it was seen then: on each as-of day everyone who was enrolled, and what became of them if it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Course, Learner
from staycourse.kernel import BadInput, NotEnoughData, worded
from staycourse.policy import Policy
from staycourse.review.tally import enrolment_keys
from staycourse.risk import RISKS_SCHEMA, Frame, Scorecard, Scorer, Scores, assess, train, training_frames
from staycourse.signals import Label, SignalEngine, measured_span

Outcomes = npt.NDArray[np.int8]

OnPast = Callable[[str, int, int], None]
"""Told what is being done with the past, how often it was, of how many times (0: nobody knows): `look` at a day,
`learn` from a day before them, `replay` a policy.
"""

LEFT, STAYED, UNKNOWN = 1, 0, -1

KEPT_ROWS = 500_000
"""Rows of risks that are kept for policies which differ in other things only (some hundred bytes each)."""


def untold(doing: str, so_far: int, of_all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class PastDay:
    """What was known at the end of `as_of`: the signals of the open enrolments, and row for row what became of them.

    `outcome` is LEFT, STAYED, or UNKNOWN where it cannot be told: the course ended, or was completed, within the
    horizon, or had not begun.
    """

    as_of: date
    signals: pa.Table
    outcome: Outcomes


@dataclass(slots=True)
class Past:
    """One tenant's past, asked as often as needed: days and scorers are kept once made.

    `learned_by` is the day by whose end an outcome must have been known for a model to learn from it; it lies before
    the first day that counts. With `cards` the scorecards score, as they do before there is a model. `tell` is told of
    what takes a while, as it begins.
    """

    engine: SignalEngine
    tenant: str
    courses: Sequence[Course]
    learners: Sequence[Learner] | pa.Table
    days: tuple[date, ...]
    every_days: int
    learned_by: date
    known_by: date
    cards: bool = False
    tell: OnPast = untold
    replays: int = 0
    _scorers: dict[bytes, Scorer] = field(default_factory=dict)
    _days: dict[tuple[int, Label], tuple[PastDay, ...]] = field(default_factory=dict)
    _scores: dict[tuple[bytes, date], Scores] = field(default_factory=dict)
    _risks: dict[tuple[bytes, date, bytes], pa.Table] = field(default_factory=dict)

    def scorer(self, policy: Policy) -> Scorer:
        """Return what would have scored under `policy`: the model learned by `learned_by`, else its scorecard."""
        if self.cards:
            return Scorecard.from_policy(policy)
        key = _question(policy)
        if key not in self._scorers:
            try:
                self._scorers[key] = train(self.lessons(policy), policy, known_by=self.learned_by)
            except NotEnoughData:
                self._scorers[key] = Scorecard.from_policy(policy)
        found = self._scorers[key]
        return found if found.basis == "model" else Scorecard.from_policy(policy)

    def lessons(self, policy: Policy) -> Iterator[Frame]:
        """Yield what could be learned from by `learned_by`."""
        frames = training_frames(
            self.engine, self.tenant, self.courses, known_by=self.learned_by,
            horizon_days=policy.churn.horizon_days, label=policy.churn.label,
            every_days=policy.model.as_of_every_days, history_days=policy.model.history_days,
        )  # fmt: skip
        for number, frame in enumerate(frames, 1):
            self.tell("learn", number, 0)
            yield frame

    def by_cards(self) -> Past:
        """Return the same past, scored by scorecards alone."""
        return replace(self, cards=True, _scores={}, _risks={})

    def question(self, policy: Policy) -> bytes:
        """Return what of `policy` decides the scores: policies that agree in it share them."""
        return _question(policy, card=self.scorer(policy).basis != "model")

    def seen(self, policy: Policy) -> tuple[PastDay, ...]:
        """Return the days, oldest first, judged as `policy` defines leaving."""
        key = (policy.churn.horizon_days, policy.churn.label)
        if key not in self._days:
            self._days[key] = tuple(self._counted(self._look(*key)))
        return self._days[key]

    def replayed(self) -> None:
        """Tell that a policy is being replayed once more."""
        self.replays += 1
        self.tell("replay", self.replays, 0)

    def risks(self, policy: Policy, day: PastDay) -> pa.Table:
        """Return the risks (RISKS_SCHEMA) that `policy` would have told on `day`; equal scorers score a day once."""
        if not day.signals.num_rows:
            return RISKS_SCHEMA.empty_table()
        scored = (self.question(policy), day.as_of)
        if scored not in self._scores:
            self._scores[scored] = self.scorer(policy).score(day.signals)
        told = (*scored, msgspec.json.encode((policy.tiers, policy.rules, policy.causes)))
        if told not in self._risks:
            if sum(table.num_rows for table in self._risks.values()) > KEPT_ROWS:
                self._risks.clear()
            self._risks[told] = assess(day.signals, self._scores[scored], policy, self.learners, day.as_of)
        return self._risks[told]

    def _counted(self, days: Iterator[PastDay]) -> Iterator[PastDay]:
        """Yield the days and tell of each."""
        self.tell("look", 0, len(self.days))
        for number, day in enumerate(days, 1):
            self.tell("look", number, len(self.days))
            yield day

    def _look(self, horizon_days: int, label: Label) -> Iterator[PastDay]:
        """Ask for everyone (no withdrawal is left out), and for the outcomes that can be told."""

        def lessons(of: Label) -> Iterator[tuple[date, pa.Table]]:
            return self.engine.lessons(
                self.tenant, self.days, self.courses, horizon_days=horizon_days, label=of, known_by=self.known_by
            )

        if label == "withdrawal":
            for as_of, table in lessons("withdrawal"):
                yield PastDay(as_of, table.drop_columns(["outcome"]), _flags(table["outcome"]))
            return
        for (as_of, everyone), (_, told) in zip(lessons("withdrawal"), lessons("silence"), strict=True):
            place = pc.index_in(enrolment_keys(everyone), value_set=enrolment_keys(told))
            at = np.asarray(pc.fill_null(place, -1), dtype=np.int64)
            outcome = np.append(_flags(told["outcome"]), np.int8(UNKNOWN))[at]
            begun = np.asarray(pc.greater_equal(everyone["course_day"], 0), dtype=np.bool_)
            yield PastDay(as_of, everyone.drop_columns(["outcome"]), np.where(begun, outcome, UNKNOWN).astype(np.int8))


def past_of(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    learners: Sequence[Learner] | pa.Table,
    *,
    first: date,
    last: date,
    every_days: int,
    horizon_days: int,
    tell: OnPast = untold,
) -> Past:
    """Return the past from `first` to `last`, with as many days before as it takes to know which alerts were open.

    NotEnoughData where the longest of the horizons that are asked about, `horizon_days`, had not passed by the end of
    the data, or nothing had happened before `first`; BadInput if `last` lies before `first`.
    """
    if last < first:
        raise BadInput(
            worded("{last} lies before {first}", last=last, first=first),
            where="--to",
            mend="give the later day as --to",
        )
    known = last_known_day(engine, tenant, horizon_days)
    if last > known:
        raise NotEnoughData(
            worded(
                "the data ends {horizon_days} days after {known}: later days have no known outcome yet",
                horizon_days=horizon_days,
                known=known,
            ),
            where="--to",
            mend=worded("end on {known} or earlier, or ask about a shorter horizon", known=known),
        )
    before = -(-horizon_days // every_days)
    count = (last - first).days // every_days
    days = tuple(first + timedelta(days=every_days * step) for step in range(-before, count + 1))
    known_by = days[-1] + timedelta(days=horizon_days)
    return Past(engine, tenant, courses, learners, days, every_days, first - timedelta(days=1), known_by, tell=tell)


def last_known_day(engine: SignalEngine, tenant: str, horizon_days: int) -> date:
    """Return the newest as-of day whose horizon has passed in the data; NotEnoughData before any event."""
    span = measured_span(engine, tenant)
    return max(span.last_event_day, span.last_ingest_day) - timedelta(days=horizon_days)


def _question(policy: Policy, *, card: bool = False) -> bytes:
    """Return what of a policy decides who scores; with `card`, also the scorecard that does."""
    return msgspec.json.encode((policy.churn.horizon_days, policy.churn.label, policy.model,
                                policy.scorecard if card else None))  # fmt: skip


def _flags(column: pa.ChunkedArray) -> Outcomes:
    return np.asarray(pc.cast(column, pa.int8()).to_numpy(), dtype=np.int8)
