"""From signals and scores to risks: one row per open enrolment, with tier, value, cause, rules and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Learner
from staycourse.kernel import EPOCH
from staycourse.policy import CATEGORIES, Policy
from staycourse.risk.causes import name_causes
from staycourse.risk.rules import FiredRules, Numbers, evaluate, numbers
from staycourse.risk.scores import Scorer, Scores, added
from staycourse.risk.tiers import LearnerTiers, value_tiers
from staycourse.signals import SIGNALS_BY_NAME

REASONS_SHOWN = 5
ROWS_AT_ONCE = 65_536
"""Rows whose contributions are looked at together: keeps the working memory within some hundred megabytes."""

_REASON = pa.struct(
    [("signal", pa.string()), ("category", pa.string()), ("contribution", pa.float64()), ("value", pa.float64())]
)
_CATEGORY = pa.struct([("category", pa.string()), ("contribution", pa.float64())])
REASONS, CATEGORIES_OF = pa.list_(_REASON), pa.list_(_CATEGORY)

RISKS_SCHEMA = pa.schema(
    [
        ("learner", pa.string()), ("course", pa.string()), ("as_of", pa.date32()), ("risk", pa.float64()),
        ("learner_risk", pa.float64()), ("tier", pa.string()), ("value", pa.float64()), ("paid_minor", pa.int64()),
        ("currency", pa.string()), ("absent_days", pa.int32()), ("days_in", pa.int32()), ("cause", pa.string()),
        ("rules", pa.list_(pa.string())), ("reasons", REASONS), ("categories", CATEGORIES_OF),
        ("basis", pa.string()), ("model", pa.string()), ("policy_version", pa.int32()),
    ]
)  # fmt: skip
"""The table of risks. `risk` is the probability (0 to 1) of leaving this course within the horizon; `learner_risk`
the least of the learner's open enrolments: who leaves altogether leaves each of them, so it is an upper bound of the
probability of that. `value` is 0 to 1. `days_in` are days since the learner could begin, negative before the course
starts. `reasons` are the signals that raise the risk most, `categories` the net contributions, both in log-odds.
"""


def assess(
    signals: pa.Table,
    scores: Scores,
    policy: Policy,
    learners: Sequence[Learner] | pa.Table,
    as_of: date,
    *,
    model: str = "",
) -> pa.Table:
    """Return the risks (RISKS_SCHEMA) of the open enrolments in `signals`, scored by `scores`, in the order of
    `signals`.

    `learners` are the attributes of those who have any. `model` names the model that scored, "" for the scorecard.
    """
    whole = _Whole.of(signals, policy, learners, as_of)
    parts = [whole.part(start, stop, scores, start) for start, stop in _slices(signals.num_rows)]
    return _table(whole, parts, scores.basis, model)


def assess_with(
    signals: pa.Table,
    scorer: Scorer,
    policy: Policy,
    learners: Sequence[Learner] | pa.Table,
    as_of: date,
    *,
    model: str = "",
    tiers: LearnerTiers | None = None,
) -> pa.Table:
    """As `assess`, scoring part by part, so that the contributions of everyone are never in memory together.

    `tiers` are given where `signals` are of some learners only: who is worth how much shows among all of them.
    """
    whole = _Whole.of(signals, policy, learners, as_of, tiers)
    parts = [
        whole.part(start, stop, scorer.score(signals.slice(start, stop - start)), 0)
        for start, stop in _slices(signals.num_rows)
    ]
    return _table(whole, parts, scorer.basis, model)


def days_since_start(signals: pa.Table, as_of: date) -> Numbers:
    """Return the days since each learner could begin: since the later of the course's start and of enrolling.

    Negative while the course has not started.
    """
    course_day = np.nan_to_num(numbers(signals, "course_day"), nan=np.inf)
    today = (as_of - EPOCH).days
    enrolled = pc.cast(pc.cast(pc.cast(signals["enrolled_on"], pa.date32()), pa.int32()), pa.float64())
    since = today - np.asarray(pc.fill_null(enrolled, float(today)).to_numpy(), dtype=np.float64)
    return np.minimum(course_day, since)


def absent_days(signals: pa.Table, days_in: Numbers) -> Numbers:
    """Return the days without learning in the course; where nothing is known of any, the days since it could begin."""
    absent = numbers(signals, "days_absent")
    return np.where(np.isnan(absent), np.maximum(days_in, 0.0), absent)


@dataclass(frozen=True, slots=True)
class _Part:
    """The columns of some consecutive rows that depend on their scores."""

    risk: Numbers
    cause: pa.Array
    reasons: pa.Array
    categories: pa.Array


@dataclass(frozen=True, slots=True)
class _Whole:
    """What must be known of everyone before a part can be written."""

    signals: pa.Table
    policy: Policy
    as_of: date
    tiers: LearnerTiers
    fired: FiredRules
    days_in: Numbers

    @classmethod
    def of(
        cls,
        signals: pa.Table,
        policy: Policy,
        learners: Sequence[Learner] | pa.Table,
        as_of: date,
        tiers: LearnerTiers | None = None,
    ) -> _Whole:
        tiers = tiers or value_tiers(signals, learners, policy.tiers, as_of)
        days_in = days_since_start(signals, as_of)
        seen = signals.append_column("days_in", pa.array(days_in))
        fired = evaluate(seen, policy.rules, policy.tiers, tiers.core[tiers.row])
        return cls(signals, policy, as_of, tiers, fired, days_in)

    def part(self, start: int, stop: int, scores: Scores, first: int) -> _Part:
        """Write rows `start` to `stop`; their scores begin at row `first` of `scores`."""
        rows = slice(first, first + stop - start)
        contributions = scores.contributions[rows]
        fired = FiredRules(self.fired.rules, self.fired.fired[start:stop])
        places = name_causes(contributions, scores.signals, fired, self.days_in[start:stop], self.policy.causes)
        causes = pa.array([cause.id for cause in self.policy.causes.list], pa.string())
        return _Part(
            risk=np.asarray(scores.probability[rows], dtype=np.float64),
            cause=causes.take(pa.array(places)),
            reasons=top_reasons(self.signals.slice(start, stop - start), contributions, scores.signals),
            categories=by_category(contributions, scores.signals),
        )


def top_reasons(signals: pa.Table, contributions: Numbers, names: Sequence[str]) -> pa.Array:
    """Return per row the learner's own signals that raise the risk most, most first, with their shares and values; then
    those of the course that raise it, which are the same of everybody in it.
    """
    of_course = np.array([is_of_course(name) for name in names], dtype=np.bool_)
    own, common = np.flatnonzero(~of_course), np.flatnonzero(of_course)
    count = min(REASONS_SHOWN, len(own))
    if contributions.shape[0] == 0 or not names:
        return pa.array([[]] * contributions.shape[0], pa.list_(_REASON))
    mine = contributions[:, own] if len(common) else contributions
    none = np.empty((len(mine), 0), np.int64)
    top = np.argpartition(-mine, count - 1, axis=1)[:, :count] if count else none
    top.sort(axis=1)  # equal shares stand in the order of the signals
    order = np.argsort(-np.take_along_axis(mine, top, axis=1), axis=1, kind="stable")
    top = own[np.take_along_axis(top, order, axis=1)]
    top = np.concatenate([top, np.broadcast_to(common, (len(top), len(common)))], axis=1)
    share = np.take_along_axis(contributions, top, axis=1)
    raising = share > 0
    chosen, shares = top[raising], share[raising]
    rows = np.nonzero(raising)[0]
    values = _values_at(signals, names, rows, chosen)
    at = pa.array(chosen)
    flat = pa.StructArray.from_arrays(
        [
            pa.array(names, pa.string()).take(at),
            pa.array([category_of(name) for name in names], pa.string()).take(at),
            pa.array(shares),
            pa.array(values, mask=np.isnan(values)),
        ],
        fields=list(_REASON),
    )
    return pa.ListArray.from_arrays(pa.array(_offsets(raising.sum(axis=1))), flat)


def by_category(contributions: Numbers, names: Sequence[str]) -> pa.Array:
    """Return per row the net contribution of each category that the score rests on, in the categories' order."""
    category = [category_of(name) for name in names]
    present = [name for name in CATEGORIES if name in category]
    belongs = np.array([[own == name for name in present] for own in category], dtype=np.float64)
    sums = added(contributions, belongs.reshape(len(names), len(present)))
    rows = contributions.shape[0]
    flat = pa.StructArray.from_arrays(
        [pa.array(present, pa.string()).take(pa.array(np.tile(np.arange(len(present)), rows))), pa.array(sums.ravel())],
        fields=list(_CATEGORY),
    )
    return pa.ListArray.from_arrays(pa.array(_offsets(np.full(rows, len(present)))), flat)


def category_of(signal: str) -> str:
    """Return the category of `signal` by the catalogue; columns outside of it tell of the course's progress."""
    known = SIGNALS_BY_NAME.get(signal)
    return known.category if known else "completion"


def is_of_course(signal: str) -> bool:
    """Say whether `signal` tells of a course, so that it is the same of everybody in it."""
    known = SIGNALS_BY_NAME.get(signal)
    return known is not None and known.scope == "course"


def _values_at(
    signals: pa.Table, names: Sequence[str], rows: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64]
) -> Numbers:
    values = np.full(len(chosen), np.nan)
    for place in np.unique(chosen):
        here = chosen == place
        values[here] = numbers(signals, names[place])[rows[here]]
    return values


def _offsets(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)


def _slices(count: int) -> Iterator[tuple[int, int]]:
    for start in range(0, count, ROWS_AT_ONCE):
        yield start, min(start + ROWS_AT_ONCE, count)


def _table(whole: _Whole, parts: Sequence[_Part], basis: str, model: str) -> pa.Table:
    found = {
        "risk": np.concatenate([part.risk for part in parts]) if parts else np.empty(0),
        "cause": pa.chunked_array([part.cause for part in parts], pa.string()),
        "rules": whole.fired.names(),
        "reasons": pa.chunked_array([part.reasons for part in parts], REASONS),
        "categories": pa.chunked_array([part.categories for part in parts], CATEGORIES_OF),
    }
    return risks_table(whole.signals, whole.tiers, found, whole.policy, whole.as_of, basis=basis, model=model)


def risks_table(
    signals: pa.Table,
    tiers: LearnerTiers,
    found: Mapping[str, Any],
    policy: Policy,
    as_of: date,
    *,
    basis: str,
    model: str,
) -> pa.Table:
    """Return RISKS_SCHEMA of the rows of `signals`: what was `found` (risk, cause, rules, reasons, categories), and
    what is known of everyone.
    """
    count, days_in = signals.num_rows, days_since_start(signals, as_of)
    risk = np.asarray(found["risk"], dtype=np.float64)
    least = np.full(len(tiers.learner), np.inf)
    np.minimum.at(least, tiers.row, risk)
    at = pa.array(tiers.row)
    columns = {
        **found,
        "learner": signals["learner"],
        "course": signals["course"],
        "as_of": pa.repeat(pa.scalar(as_of, pa.date32()), count),
        "risk": pa.array(risk),
        "learner_risk": pa.array(least[tiers.row]),
        "tier": pa.array(["regular", "core"]).take(pa.array(tiers.core[tiers.row].astype(np.int8))),
        "value": pa.array(tiers.value[tiers.row]),
        "paid_minor": tiers.paid_minor.take(at),
        "currency": tiers.currency.take(at),
        "absent_days": pa.array(absent_days(signals, days_in).astype(np.int32)),
        "days_in": pa.array(days_in.astype(np.int32)),
        "basis": pa.repeat(pa.scalar(basis, pa.string()), count),
        "model": pa.repeat(pa.scalar(model, pa.string()), count),
        "policy_version": pa.repeat(pa.scalar(policy.version, pa.int32()), count),
    }
    return pa.table([columns[field.name] for field in RISKS_SCHEMA], schema=RISKS_SCHEMA)
