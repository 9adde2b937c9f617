"""What churn is here: of the learners who fell silent for n days, how many still came back, and from which n on few do.

Silences that are still open when the data (or the course) ends are censored: how long they would have lasted is not
known. The curve therefore rests on the product-limit estimate (Kaplan & Meier 1958, JASA 53, 457-481): with S(n) the
share of silences that outlast n days, 1 - S(n - 1 + W) / S(n - 1) of those that reached n days come back within the
next W days. W is the policy's `follow_days`; where the data is younger, half of the days that enough silences reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.policy import ChurnPolicy

Numbers = npt.NDArray[np.float64]

CURVE_DAYS = 90
"""The longest silence that the curve shows."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Of `gaps` silences that reached `days`, the estimated share (0 to 1) whose learner still came back."""

    days: int
    gaps: int
    share: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """The curve of one course ("" all learners, over all courses), the horizon it proposes, and why: a message key
    with values.
    """

    course: str
    points: tuple[CurvePoint, ...]
    horizon_days: int | None
    reasoning: str
    values: Mapping[str, float | int | str] = field(default_factory=dict)


def churn_proposals(gaps: pa.Table, policy: ChurnPolicy) -> tuple[Proposal, ...]:
    """Return the proposals over all ("") and then for each course, from `gaps`: course, gap_days, returned, count."""
    courses = sorted(set(pc.unique(gaps["course"]).to_pylist()) - {""})
    return tuple(_proposal(course, gaps.filter(pc.equal(gaps["course"], course)), policy) for course in ("", *courses))


def _proposal(course: str, gaps: pa.Table, policy: ChurnPolicy) -> Proposal:
    points, ahead = return_curve(gaps, policy)
    silences = int(pc.sum(gaps["count"]).as_py() or 0)
    values: dict[str, float | int | str] = {"silences": silences, "return_share": policy.return_share}
    few = [point.days for point in points if point.share < policy.return_share]
    horizon = next((day for day in few if policy.shortest_days <= day <= policy.longest_days), policy.longest_days)
    if len(points) < horizon:
        return Proposal(course, points, None, "churn.reason.too_few", values | {"minimum": policy.minimum_gaps})
    values |= {"days": horizon, "share": round(points[horizon - 1].share, 4), "follow_days": ahead}
    if horizon not in few:
        return Proposal(course, points, horizon, "churn.reason.longest", values)
    kind = "shortest" if horizon == policy.shortest_days and horizon - 1 in few else "crossed"
    return Proposal(course, points, horizon, f"churn.reason.{kind}", values)


def return_curve(gaps: pa.Table, policy: ChurnPolicy) -> tuple[tuple[CurvePoint, ...], int]:
    """Return the points from day 1 on, as far as enough silences reach, and the days W that they look ahead."""
    last = CURVE_DAYS + policy.follow_days
    days = np.minimum(np.asarray(pc.cast(gaps["gap_days"], pa.int64()).to_numpy(), dtype=np.int64), last + 1)
    count = np.asarray(pc.cast(gaps["count"], pa.float64()).to_numpy(), dtype=np.float64)
    returned = np.asarray(gaps["returned"].to_numpy(), dtype=np.bool_)
    ended, cut = (_by_day(days[chosen], count[chosen], last) for chosen in (returned, ~returned))
    # A silence cut off at n days could still have ended after n: it tells only of the days before.
    at_risk = _reaching(ended)[:-1] + _reaching(cut)[1:]
    told = np.flatnonzero(at_risk[1 : last + 1] >= policy.minimum_gaps)
    final = int(told[-1]) + 1 if len(told) else 0
    ahead = min(policy.follow_days, final // 2)
    if ahead == 0:
        return (), 0
    outlasting = np.cumprod(1.0 - ended[: final + 1] / np.maximum(at_risk[: final + 1], 1.0))
    reached = _reaching(ended + cut)
    until = min(final - ahead + 1, CURVE_DAYS)
    points = [
        CurvePoint(day, int(reached[day]), float(1.0 - outlasting[day - 1 + ahead] / outlasting[day - 1]))
        for day in range(1, until + 1)
        if outlasting[day - 1] > 0
    ]
    return tuple(points), ahead


def _by_day(days: npt.NDArray[np.int64], count: Numbers, last: int) -> Numbers:
    """Return how many silences lasted each of 0 to `last` + 1 days (the last one: that or more)."""
    return np.asarray(np.bincount(days, weights=count, minlength=last + 2), dtype=np.float64)


def _reaching(counts: Numbers) -> Numbers:
    """Return how many lasted at least each number of days."""
    return np.asarray(np.cumsum(counts[::-1])[::-1], dtype=np.float64)
