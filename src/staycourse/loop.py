"""The nightly path on one page: facts → measures → risks with reasons → who to care for.

Everything it touches is handed in; running the same night twice leaves the same home.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from time import perf_counter
from typing import Any, Protocol

import pyarrow as pa

from staycourse.care import candidates
from staycourse.events import Course, Learner
from staycourse.kernel import NotEnoughData, worded
from staycourse.policy import Policy
from staycourse.risk import LightGBMModel, PartScorer, Scorecard, Scorer, assess_scored, train, training_frames
from staycourse.signals import SignalEngine

OnStep = Callable[[str, float | None], None]
"""Told the name of each step as it begins (None) and its seconds as it ends."""


class Facts(Protocol):
    """The log and the lake together."""

    def compact(self) -> Mapping[str, int]:
        """Move every event kept so far into the lake; say how many were taken and how many were there already."""
        ...


class Book(Protocol):
    """What a night needs of the store."""

    def courses(self, tenant: str) -> list[Course]: ...

    def learners(self, tenant: str) -> list[Learner]: ...


class Care(Protocol):
    """What a night hands over to care; nothing is sent before the next tick."""

    def already(self, tenant: str) -> Collection[tuple[str, str]]:
        """Return the learner and cause of every open alert: they cost the alert budget nothing."""
        ...

    def asks(self, policy: Policy) -> Collection[str]:
        """Return the names of the signals that `night` reads."""
        ...

    def night(self, tenant: str, as_of: date, policy: Policy, found: Found) -> None:
        """Open and close alerts, and let those enter a playbook whom the night names."""
        ...


class Shelf(Protocol):
    """Where a night's risks and models are kept."""

    def keep_risks(self, tenant: str, as_of: date, risks: pa.Table) -> None: ...

    def newest_model(self, tenant: str, known_by: date) -> LightGBMModel | None: ...

    def keep_model(self, tenant: str, model: LightGBMModel) -> None: ...

    def keep_night(self, tenant: str, night: Night, found: Sequence[Mapping[str, Any]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the house that a night uses."""

    facts: Facts
    engine: SignalEngine
    book: Book
    shelf: Shelf
    care: Care


@dataclass(frozen=True, slots=True)
class Found:
    """What a night found: every open enrolment's risk, the signals that care asked for, and who needs care."""

    signals: pa.Table
    risks: pa.Table
    candidates: Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Night:
    """What a night did."""

    as_of: date
    enrolments: int = 0
    candidates: int = 0
    basis: str = ""
    model: str | None = None
    policy_version: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    steps: list[tuple[str, float]] = field(default_factory=list)


def nightly(parts: Parts, tenant: str, as_of: date, policy: Policy, on_step: OnStep) -> Night:
    """Run one night as of the end of `as_of` and publish it; NotEnoughData if nothing was known by then."""
    night = Night(as_of, policy_version=policy.version)
    with _step(night, "compact", on_step):
        night.counts |= parts.facts.compact()
    with _step(night, "roll_up", on_step):
        parts.engine.roll_up(tenant)
    courses = parts.book.courses(tenant)
    _require_history(parts.engine, tenant, as_of)
    with _step(night, "model", on_step):
        scorer = _scorer(parts, tenant, as_of, courses, policy)
        model = scorer.model_id if isinstance(scorer, LightGBMModel) else ""
    with _step(night, "signals", on_step):  # and scores: both are made where the engine computes
        asked = tuple(sorted(parts.care.asks(policy)))
        scored = parts.engine.scored(tenant, as_of, courses, PartScorer(scorer, policy, as_of, asked))
    with _step(night, "risks", on_step):
        learners = parts.book.learners(tenant)
        risks = assess_scored(scored, policy, learners, as_of, basis=scorer.basis, model=model)
    with _step(night, "candidates", on_step):
        found = candidates(risks, policy, already=parts.care.already(tenant)).to_pylist()
    night.enrolments, night.candidates = risks.num_rows, len(found)
    night.basis, night.model = scorer.basis, model or None
    with _step(night, "publish", on_step):
        parts.shelf.keep_risks(tenant, as_of, risks)
        parts.shelf.keep_night(tenant, night, found)
    with _step(night, "care", on_step):
        parts.care.night(tenant, as_of, policy, Found(scored, risks, found))
    return night


def _scorer(parts: Parts, tenant: str, as_of: date, courses: Sequence[Course], policy: Policy) -> Scorer:
    """Return the newest model if fresh enough, else a new one; the scorecard where there is too little to learn.

    Where nobody is there to judge nothing is learned: between two terms every night would go over the whole history.
    Neither is it where fewer were ever there than have to have left.
    """
    newest = parts.shelf.newest_model(tenant, as_of)
    fitting = newest if newest is not None and newest.fits(policy) else None
    if fitting is not None and as_of - fitting.known_by < timedelta(days=policy.model.retrain_days):
        return fitting
    least = policy.model.minimum_outcomes
    if parts.engine.enrolled(tenant, least) < least:
        return Scorecard.from_policy(policy)
    if not parts.engine.watched(tenant, as_of, courses):
        return fitting or Scorecard.from_policy(policy)
    try:
        frames = training_frames(
            parts.engine,
            tenant,
            courses,
            known_by=as_of,
            horizon_days=policy.churn.horizon_days,
            label=policy.churn.label,
            every_days=policy.model.as_of_every_days,
            history_days=policy.model.history_days,
        )
        model = train(frames, policy, known_by=as_of)
    except NotEnoughData:
        return Scorecard.from_policy(policy)
    parts.shelf.keep_model(tenant, model)
    return model


def _require_history(engine: SignalEngine, tenant: str, as_of: date) -> None:
    span = engine.span(tenant)
    if span is None:
        raise NotEnoughData(
            "no event has been kept yet",
            where=worded("tenant {tenant}", tenant=tenant),
            mend="run staycourse import first",
        )
    if as_of < span.first_event_day:
        raise NotEnoughData(
            worded(
                "nothing was known by {as_of}: the first event is of {first}", as_of=as_of, first=span.first_event_day
            ),
            where="--as-of",
            mend="choose a later day",
        )


@contextmanager
def _step(night: Night, name: str, on_step: OnStep) -> Iterator[None]:
    on_step(name, None)
    begun = perf_counter()
    yield
    seconds = round(perf_counter() - begun, 3)
    night.steps.append((name, seconds))
    on_step(name, seconds)
