"""Who is compared with whom: the arms of one playbook by tier, whether an alert begins it or anything else does.

Both sources give the same plain counts, so that everything after them (strata, intervals, draw, guard rails) is one
path. Learners count in the arm they were drawn into, reached or not, and once, by their first alert or entry: later
ones of one learner are not independent of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from staycourse.policy import Judged
from staycourse.review.arms import Counts, Stratum, pooled
from staycourse.review.counted import EndingCount, First, UnwantedCount
from staycourse.review.entries import EntryCount, EntryEnded
from staycourse.review.guardrails import GuardRail, guard_rail
from staycourse.review.outcomes import Arm

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Seen:
    """So many learners (`n`) of one tier in one arm: how many were kept, how many met what nobody wanted, by name."""

    tier: str
    held: bool
    n: int
    kept: int
    unwanted: Mapping[str, int] = field(default_factory=dict)

    def counts(self, what: str) -> Counts:
        """Return of how many how many were kept, or met the unwanted `what`."""
        return Counts(self.n, self.kept if what == KEPT else self.unwanted.get(what, 0))


def seen_of_alerts(
    counts: Iterable[EndingCount], playbook: str | None, unwanted: Iterable[UnwantedCount] = ()
) -> list[Seen]:
    """Return who is compared by how the alerts of `playbook` ended; None: all care against the global hold-out.

    See review.counted.first_of for who is left out.
    """
    held_arm: Arm = "global_hold_out" if playbook is None else "held_out"
    wanted = First.OF_ALL if playbook is None else First.OF_PLAYBOOK

    def ours(one: EndingCount | UnwantedCount) -> bool:
        return bool(one.first & wanted) and playbook in (None, one.playbook)

    sums: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for one in filter(ours, counts):
        here = sums[one.tier, one.arm == held_arm]
        here["n"] += one.n
        here[KEPT] += one.n if one.ending != "churned" else 0
    met: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for told in filter(ours, unwanted):
        met[told.tier, told.arm == held_arm][told.what] += told.n
    return [
        Seen(tier, held, here["n"], here[KEPT], dict(met[tier, held])) for (tier, held), here in sorted(sums.items())
    ]


def seen_of_entries(counts: Iterable[EntryCount], playbook: str, judged_by: Judged) -> list[Seen]:
    """Return who is compared by how entries into `playbook` ended, of those judged by what it is judged by now."""
    return [
        Seen(one.tier, one.arm == "held_out", one.n, one.kept,
             {"unsubscribe": one.unsubscribed, "complaint": one.complained})
        for one in counts
        if one.playbook == playbook and one.judged_by == judged_by
    ]  # fmt: skip


def seen_of_endings(ended: Iterable[EntryEnded], playbook: str) -> list[Seen]:
    """Return the same of single entries."""
    mine = (one for one in ended if one.facts.playbook == playbook)
    return [Seen(one.facts.tier, one.facts.arm == "held_out", 1, int(one.kept)) for one in mine]


def strata_by_tier(
    seen: Iterable[Seen], held_share: float | Mapping[str, float], what: str = KEPT
) -> tuple[Stratum, ...]:
    """Return the arms by tier, of which `what` is counted; `held_share` is the stated share, or one per tier."""
    arms: dict[str, tuple[Counts, Counts]] = {}
    for one in seen:
        treated, held = arms.get(one.tier, (Counts(0, 0), Counts(0, 0)))
        counts = one.counts(what)
        arms[one.tier] = (treated, held + counts) if one.held else (treated + counts, held)
    shares = {tier: held_share if isinstance(held_share, float) else held_share[tier] for tier in arms}
    return tuple(Stratum(tier, *arms[tier], shares[tier]) for tier in sorted(arms))


def guard_rails(seen: Sequence[Seen], names: Iterable[str]) -> list[GuardRail]:
    """Judge each guard rail among the very learners whom the uplift compares."""
    found = []
    for name in names:
        treated = pooled([one.counts(name) for one in seen if not one.held])
        held = pooled([one.counts(name) for one in seen if one.held])
        found.append(guard_rail(name, treated, held))
    return found
