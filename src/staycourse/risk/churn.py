"""What churn is here: of the learners who fell silent for n days, how many still came back, and from which n on few
do.

Silences that are still open when the data (or the course) ends are censored: how long they would have lasted is not
known. The curve is therefore the product-limit estimate (Kaplan & Meier 1958, JASA 53, 457-481): with S(n) the
estimated share of silences that outlast n days and F the last day that is looked at, the share that still comes back
after n days of silence is 1 - S(F) / S(n). F is the policy's `follow_days`, or the last day that enough silences
reach; coming back later than F days is not counted as coming back.
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


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Of `gaps` silences that reached `days`, the estimated share whose learner still came back."""

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
    points = return_curve(gaps, policy)
    silences = int(pc.sum(gaps["count"]).as_py() or 0)
    values: dict[str, float | int | str] = {"silences": silences, "return_share": policy.return_share}
    if len(points) < policy.shortest_days:
        return Proposal(course, points, None, "churn.reason.too_few", values | {"minimum": policy.minimum_gaps})
    few = next((point for point in points if point.share < policy.return_share), None)
    horizon = min(max(few.days if few else policy.longest_days, policy.shortest_days), policy.longest_days)
    at = points[min(horizon, len(points)) - 1]
    values |= {"days": horizon, "share": round(at.share, 4), "follow_days": points[-1].days + 1}
    if few is None or few.days > policy.longest_days:
        return Proposal(course, points, horizon, "churn.reason.longest", values)
    kind = "shortest" if few.days < policy.shortest_days else "crossed"
    return Proposal(course, points, horizon, f"churn.reason.{kind}", values)


def return_curve(gaps: pa.Table, policy: ChurnPolicy) -> tuple[CurvePoint, ...]:
    """Return the points from day 1 on, as far as at least `minimum_gaps` silences reach, within `follow_days`."""
    last = policy.follow_days
    days = np.minimum(np.asarray(pc.cast(gaps["gap_days"], pa.int64()).to_numpy(), dtype=np.int64), last + 1)
    count = np.asarray(pc.cast(gaps["count"], pa.float64()).to_numpy(), dtype=np.float64)
    returned = np.asarray(gaps["returned"].to_numpy(), dtype=np.bool_)
    ended = np.bincount(days[returned], weights=count[returned], minlength=last + 2)[: last + 2]
    open_ = np.bincount(days[~returned], weights=count[~returned], minlength=last + 2)[: last + 2]
    reached: Numbers = np.cumsum((ended + open_)[::-1], dtype=np.float64)[::-1]  # silences of at least n days
    told = np.flatnonzero(reached[1 : last + 1] >= policy.minimum_gaps)
    if len(told) == 0:
        return ()
    final = int(told[-1]) + 1
    outlasting = _outlasting(ended, reached, final)
    return tuple(
        CurvePoint(day, int(reached[day]), float(1.0 - outlasting[final] / outlasting[day - 1]))
        for day in range(1, final)
        if outlasting[day - 1] > 0
    )


def _outlasting(ended: Numbers, reached: Numbers, final: int) -> Numbers:
    """Return S(n), the estimated share of silences that last longer than n days, for n = 0 to `final`.

    A silence that was cut off at n days was at risk of ending until then, hence the count reached at n includes it.
    """
    shares = np.ones(final + 1)
    for day in range(1, final + 1):
        staying = 1.0 - ended[day] / reached[day] if reached[day] > 0 else 1.0
        shares[day] = shares[day - 1] * staying
    return shares
