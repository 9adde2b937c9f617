"""Does the choice by what has worked save more than always the first answer? Simulated learners, over many seeds.

Run: `python benchmarks/simulation_bandit.py [--seeds 100] [--learners 800] [--days 364]`.

The pure driver (staycourse.simulate.pure says what is real in it): care.choose with the simulation's policy, against
the first answer by priority, and against who knows the truth and takes the best. The same learners in all three.
Every figure printed is of simulated learners.
"""

import argparse
import math
from collections.abc import Sequence
from time import perf_counter

import simulation_coverage
from staycourse.simulate import run_pure, simulation_policy
from staycourse.simulate.pure_run import How

WAYS: tuple[How, ...] = ("first", "bandit", "best")


def told(values: Sequence[float]) -> str:
    """Return a mean with its 95 % interval over seeds."""
    n = len(values)
    mean = sum(values) / n
    error = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return f"{mean:8.2f}  ({mean - 1.96 * error:.2f} … {mean + 1.96 * error:.2f})"


def main() -> None:
    """Print what each way saved, and the differences seed by seed."""
    parser = argparse.ArgumentParser(description="the bandit against a fixed choice over simulated learners")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--learners", type=int, default=800)
    parser.add_argument("--days", type=int, default=364)
    given = parser.parse_args()
    fitted, policy, begun = simulation_coverage.fitted_habits(), simulation_policy(), perf_counter()
    saved: dict[How, list[float]] = {
        how: [
            run_pure(fitted, seed=seed, learners=given.learners, days=given.days, how=how, policy=policy).saved
            for seed in range(1, given.seeds + 1)
        ]
        for how in WAYS
    }
    print(f"SIMULATED, pure driver: {given.seeds} seeds, {given.learners} learners, {given.days} days "
          f"({perf_counter() - begun:.0f} s)")  # fmt: skip
    for how in WAYS:
        print(f"alerts ended well because of an answer, {how:<7}{told(saved[how])}")
    first, bandit, best = (saved[how] for how in WAYS)
    print(f"bandit less first      {told([b - a for a, b in zip(first, bandit, strict=True)])}")
    print(f"regret of the bandit   {told([c - b for b, c in zip(bandit, best, strict=True)])}")
    print(f"regret of the first    {told([c - a for a, c in zip(first, best, strict=True)])}")


if __name__ == "__main__":
    main()
