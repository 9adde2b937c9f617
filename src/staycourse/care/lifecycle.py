"""The stage of each learner's life on the platform, told anew every night from the signals.

The first of these that holds is the stage:

1. churned: has not learned, in any open course, for more than the churn horizon;
2. dormant: ... for more than half of it;
3. resurrected: was dormant or churned and learned again; it lasts until they learned on three days of a week;
4. renewing: what was paid for ends soon (before at_risk: the window is short, and who is at risk has an alert anyway);
5. at_risk: has an open alert;
6. paying: paid, and it has not run out since;
7. learning: learned on three days of the last thirty, or already before these;
8. first_lesson: completed a first lesson; where nobody's lessons are told, learned anything;
9. registered: everybody else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.policy import PlaybookPolicy, Policy
from staycourse.risk import numbers

Numbers = npt.NDArray[np.float64]

DAYS_OF_A_HABIT = 3
"""Days with learning after which somebody has begun, or begun again."""

RENEWING_DAYS = 14
"""How many days before what was paid for ends a learner is in the renewal window."""

AWAY = ("dormant", "churned")
_EXPIRY_DAYS = 30
"""How far back the signal of expiries looks."""

_RECENT = ("activity_3d", "activity_30d", "activity_total", "lessons_completed_total")


def stages(
    signals: pa.Table,
    policy: Policy,
    *,
    before: Mapping[str, str],
    renewing: Collection[str],
    at_risk: Collection[str],
) -> Mapping[str, str]:
    """Return the stage of every learner with an open enrolment in `signals`; BadInput where a signal is lacking.

    `before` are the stages of the night before, `renewing` those whose subscription ends soon, `at_risk` those with an
    open alert. Who has no open enrolment any more is not among the answers, and keeps the stage that they had.
    """
    encoded = pc.dictionary_encode(signals["learner"].combine_chunks())
    learners: list[str] = encoded.dictionary.to_pylist()
    row = np.asarray(encoded.indices, dtype=np.int64)
    count = len(learners)

    def added(name: str) -> Numbers:
        weights = np.nan_to_num(numbers(signals, name))
        return np.bincount(row, weights=weights, minlength=count).astype(np.float64)  # of no rows it counts in integers

    def greatest(name: str) -> Numbers:
        return _reduced(np.maximum, np.nan_to_num(numbers(signals, name)), row, count, -np.inf)

    sums = {name: added(name) for name in _RECENT}
    absent = _reduced(np.minimum, np.nan_to_num(numbers(signals, "days_absent")), row, count, np.inf)
    learned = sums["activity_total"] > 0
    was_away = _among(learners, {learner for learner, stage in before.items() if stage in AWAY})
    came_back = _among(learners, {learner for learner, stage in before.items() if stage == "resurrected"})
    earlier = sums["activity_total"] > sums["activity_3d"]  # who never learned before begins, and does not come back
    again = (was_away & learned & earlier) | (came_back & (greatest("active_days_7d") < DAYS_OF_A_HABIT))
    lapsed = (greatest("expiries_30d") > 0) & ~(_payment_age(signals, row, count) < _EXPIRY_DAYS)
    lessons = sums["lessons_completed_total"]
    horizon = policy.churn.horizon_days
    answers = {
        "churned": absent > horizon,
        "dormant": absent > horizon / 2,
        "resurrected": again,
        "renewing": _among(learners, renewing),
        "at_risk": _among(learners, at_risk),
        "paying": (greatest("paid_total") > 0) & ~lapsed,
        "learning": (greatest("active_days_30d") >= DAYS_OF_A_HABIT) | (sums["activity_total"] > sums["activity_30d"]),
        "first_lesson": lessons > 0 if lessons.any() else learned,
    }
    told = np.select(list(answers.values()), list(answers), default="registered")
    return dict(zip(learners, told.tolist(), strict=True))


def judged_after(playbook: PlaybookPolicy, policy: Policy) -> int:
    """Return after how many days an entry into a playbook that no alert begins is judged: the churn horizon; for a
    renewal as many days after the renewal window.
    """
    window = RENEWING_DAYS if playbook.judged == "renews" else 0
    return policy.churn.horizon_days + window


def _payment_age(signals: pa.Table, row: npt.NDArray[np.int64], count: int) -> Numbers:
    """Return the days since each learner's last payment, infinite where there was none."""
    return _reduced(np.minimum, np.nan_to_num(numbers(signals, "days_since_payment"), nan=np.inf), row, count, np.inf)


def _reduced(how: np.ufunc, values: Numbers, row: npt.NDArray[np.int64], count: int, start: float) -> Numbers:
    """Return the least or greatest of each learner's `values`."""
    result = np.full(count, start)
    how.at(result, row, values)
    return result


def _among(learners: list[str], some: Collection[str]) -> npt.NDArray[np.bool_]:
    named = frozenset(some)
    return np.fromiter((learner in named for learner in learners), dtype=np.bool_, count=len(learners))
