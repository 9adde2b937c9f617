"""Does review recover the true uplift? Over many seeds; every figure printed is of simulated learners.

Run: `python benchmarks/simulation_coverage.py [--seeds 250] [--learners 2500] [--days 126] [--full DAYS LEARNERS]`.

The first table is of the pure driver: the product's decisions without files (staycourse.simulate.pure says what is real
in it). For all care and each playbook: how often the 95 % interval holds the truth. The truth is told twice: the
exact mean effect on the seed's own treated learners, and the mean over all seeds (what another seed's learners would
show). Of each playbook half are held out, so that most of them can be judged at this size; seeds in which review says
nothing of a playbook (fewer than 20 who stayed and 20 who left in an arm) are left out of its line. `at every look`:
the share of seeds whose always-valid interval for all care held the truth of each week from the eighth on, and the same
of the fixed interval, which does not promise it.

With --full the second table is of the full product (log, lake, nights, store, outbox): one run, its true uplifts, what
review found, and the promises that were broken.
"""

import argparse
import math
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import msgspec

from staycourse.kernel import read_settings
from staycourse.policy import Policy
from staycourse.review import Bounds, Ended, strata_of, weigh
from staycourse.simulate import (
    TENANT,
    Fitted,
    Plan,
    PureRun,
    fit,
    oulad_history,
    run_pure,
    simulate,
    simulation_policy,
    true_uplift,
)
from staycourse.simulate.pure_run import START

FIRST_LOOK = 56
NEVER_COMES_BACK = 0.4


class Seen(NamedTuple):
    """One look at one playbook ("" all care) in one seed."""

    true: float
    found: float
    fixed: Bounds
    always: Bounds


def look(run: PureRun, ended: Sequence[Ended], alone: Sequence[Ended], *, playbooks: bool) -> dict[str, Seen]:
    """Return what review says of what it can say something about, with the truth."""
    shares: dict[str, float] = {name: book.holdout_share for name, book in run.policy.playbooks.items()}
    names = {one.facts.playbook for one in ended if one.facts.playbook and 0 < shares[one.facts.playbook] < 1}
    seen = {}
    for name in ["", *(sorted(name for name in names if name) if playbooks else ())]:
        share = shares[name] if name else run.policy.care.holdout.share
        strata = strata_of(ended, name or None, share)
        up = weigh(name or None, strata).uplift
        if up is not None and up.always_valid is not None:
            true = true_uplift(strata, strata_of(alone, name or None, share))
            seen[name] = Seen(true, up.difference, up.fixed, up.always_valid)
    return seen


def fitted_habits() -> Fitted:
    """Return the habits of 500 learners of the shipped sample."""
    return fit(oulad_history(500, 1).active(), NEVER_COMES_BACK)


def half_held_out() -> Policy:
    """Return the simulation's policy, with half of everybody held out of each playbook that holds out anybody."""
    policy = simulation_policy()
    books = {
        name: msgspec.structs.replace(book, holdout_share=0.5) if book.holdout_share > 0 else book
        for name, book in policy.playbooks.items()
    }
    return msgspec.structs.replace(policy, playbooks=books)


def margin(share: float, n: int) -> float:
    """Return half the width of the 95 % interval of a share."""
    return 1.96 * math.sqrt(max(share * (1 - share), 1e-9) / n)


def coverage(seeds: int, learners: int, days: int) -> None:
    """Print the table of the pure driver."""
    fitted, policy, begun = fitted_habits(), half_held_out(), perf_counter()
    last: dict[str, list[Seen]] = defaultdict(list)
    every = {"fixed": 0, "always": 0, "seeds": 0}
    for seed in range(1, seeds + 1):
        run = run_pure(fitted, seed=seed, learners=learners, days=days, policy=policy)
        ended, alone = run.ended(days - 1)
        for name, seen in look(run, ended, alone, playbooks=True).items():
            last[name].append(seen)
        looks: list[Seen] = []
        for by in range(FIRST_LOOK, days, 7):  # an ending rests on its horizon alone: the same whenever it is judged
            known = [place for place, one in enumerate(ended) if one.facts.due_on <= START + timedelta(days=by)]
            some = look(run, [ended[place] for place in known], [alone[place] for place in known], playbooks=False)
            looks.extend(some.values())
        every["seeds"] += 1
        every["fixed"] += all(one.fixed.holds(one.true) for one in looks)
        every["always"] += all(one.always.holds(one.true) for one in looks)
    print(f"SIMULATED, pure driver: {seeds} seeds, {learners} learners, {days} days ({perf_counter() - begun:.0f} s)")
    heads = ("playbook", "seeds", "true", "found", "fixed: own", "mean", "always: own", "mean")
    print("{:<20}{:>6}{:>9}{:>9}{:>12}{:>8}{:>13}{:>8}".format(*heads))
    for name, all_seen in sorted(last.items()):
        n = len(all_seen)
        mean = sum(one.true for one in all_seen) / n
        shares = [
            sum(one.fixed.holds(one.true) for one in all_seen) / n,
            sum(one.fixed.holds(mean) for one in all_seen) / n,
            sum(one.always.holds(one.true) for one in all_seen) / n,
            sum(one.always.holds(mean) for one in all_seen) / n,
        ]
        found = sum(one.found for one in all_seen) / n
        print(f"{name or 'all care':<20}{n:>6}{mean:>+9.4f}{found:>+9.4f}{shares[0]:>12.3f}{shares[1]:>8.3f}"
              f"{shares[2]:>13.3f}{shares[3]:>8.3f}   (± {margin(shares[0], n):.3f})")  # fmt: skip
    print(f"at every look, all care: always-valid {every['always'] / seeds:.3f}, fixed {every['fixed'] / seeds:.3f}")


def full(days: int, learners: int) -> None:
    """Print what one run of the full product comes to."""
    with tempfile.TemporaryDirectory() as folder:
        settings, begun = read_settings({}, home=Path(folder), tenant=TENANT), perf_counter()
        report = simulate(settings, Plan(days=days, learners=learners))
    print(f"SIMULATED, full product: {learners} learners, {days} days, seed 1 ({perf_counter() - begun:.0f} s)")
    print(f"messages {report.sent}, alerts judged {report.judged}, saved {report.saved}, broken {len(report.broken)}")
    for row in report.playbooks:
        print(f"{row.playbook or 'all care':<20} treated {row.treated:>5} held {row.held:>4} true {row.true:+.4f} "
              f"found {row.found} fixed {row.fixed} always-valid {row.always_valid}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="coverage of review's intervals over simulated learners")
    parser.add_argument("--seeds", type=int, default=250)
    parser.add_argument("--learners", type=int, default=2500)
    parser.add_argument("--days", type=int, default=126)
    parser.add_argument("--full", type=int, nargs=2, metavar=("DAYS", "LEARNERS"))
    given = parser.parse_args()
    if given.seeds:
        coverage(given.seeds, given.learners, given.days)
    if given.full:
        full(*given.full)
