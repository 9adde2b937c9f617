"""Guard rails: help that makes learners unsubscribe or complain is no help, whoever else it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from staycourse.review.arms import Counts, Stratum
from staycourse.review.uplift import uplift

GuardState = Literal["harm", "safe", "not_yet_known"]

TOLERATED: Mapping[str, float] = MappingProxyType({"unsubscribe": 0.01, "complaint": 0.005})
"""By how much (as a share of learners) each may rise and still be called safe."""

HARM_P = 0.01
"""Below this one-sided p-value a guard rail is broken."""


@dataclass(frozen=True, slots=True)
class GuardRail:
    """One unwanted outcome (`name`: unsubscribe, complaint) among the treated and the held-out.

    `p` is the one-sided chance of at least so many among the treated if help changed nothing (Fisher's exact test);
    `rise` is the difference of the shares, `rise_at_most` its one-sided 95 % upper limit. The rule: **harm** if p is
    below HARM_P; **safe** if not, and `rise_at_most` is no more than `tolerated`; **not yet known** otherwise.
    """

    name: str
    treated: Counts
    held: Counts
    rise: float
    rise_at_most: float
    tolerated: float
    p: float
    state: GuardState


def guard_rail(name: str, treated: Counts, held: Counts, *, tolerated: float | None = None) -> GuardRail:
    """Judge one guard rail. `tolerated` is that of TOLERATED if not given, or 0.01 for a name that it lacks.

    Harm is told at fixed size on purpose: a false alarm here costs a pause, a late one costs learners.
    """
    from scipy.stats import fisher_exact

    limit = TOLERATED.get(name, 0.01) if tolerated is None else tolerated
    table = [[treated.successes, treated.n - treated.successes], [held.successes, held.n - held.successes]]
    p = float(fisher_exact(table, alternative="greater").pvalue) if treated.n and held.n else 1.0
    most = 1.0
    if min(treated.n, held.n) >= 2:
        # A two-sided interval of 90 % leaves 5 % above it.
        most = uplift([Stratum(name, treated, held, 0.5)], alpha=0.1).fixed.high
    state: GuardState = "harm" if p < HARM_P else "safe" if most <= limit else "not_yet_known"
    return GuardRail(name, treated, held, treated.mean - held.mean, most, limit, p, state)
