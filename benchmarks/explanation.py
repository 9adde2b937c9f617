"""What scores with exact reasons cost, beside LightGBM's own predict and pred_contrib of the same model.

Run: `python benchmarks/explanation.py [--rows N] [--signals K] [--trees T]`. One thread, CPU seconds, all in one run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import process_time
from typing import Any

import lightgbm as lgb
import numpy as np

from staycourse.risk.explanation import ShapleyTables

CONTRIB_ROWS = 20_000
"""Rows that pred_contrib is timed on: all of them would take minutes."""


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--signals", type=int, default=80)
    asked.add_argument("--trees", type=int, default=300)
    options = asked.parse_args()
    draw = np.random.default_rng(1)
    matrix = draw.normal(size=(options.rows, options.signals))
    matrix[draw.random(matrix.shape) < 0.1] = np.nan
    print(f"{options.rows} rows, {options.signals} signals, {options.trees} trees, one thread, microseconds a row")
    print("depth   predict   ours   ratio   pred_contrib   ratio   greatest difference")
    for depth in (2, 3):
        print(line(depth, fitted(matrix, depth, options.trees), matrix))


def line(depth: int, booster: Any, matrix: Any) -> str:
    """Return one line of the table."""
    tables = ShapleyTables(booster.dump_model()["tree_info"], matrix.shape[1])
    wide, few, fewest = np.asfortranarray(matrix), matrix[:CONTRIB_ROWS], matrix[:2_000]
    predict = cost(lambda: booster.predict(matrix, raw_score=True, num_threads=1)) / len(matrix)
    ours = cost(lambda: tables.contributions(wide)) / len(matrix)
    contrib = cost(lambda: booster.predict(few, pred_contrib=True, num_threads=1)) / len(few)
    theirs = booster.predict(fewest, pred_contrib=True, num_threads=1)[:, :-1]
    apart = np.abs(tables.contributions(fewest) - theirs).max()
    times = f"{predict:9.2f} {ours:6.2f} {ours / predict:7.2f} {contrib:14.2f} {contrib / predict:7.2f}"
    return f"{depth:5d} {times} {apart:14.1e}"


def fitted(matrix: Any, depth: int, trees: int) -> Any:
    """Return a model of such a depth, learned from some of the rows."""
    few = matrix[:20_000]
    draw = np.random.default_rng(2)
    margin = np.nan_to_num(few) @ draw.normal(size=few.shape[1]) * 0.3
    outcome = (draw.random(len(few)) < 1 / (1 + np.exp(-margin))).astype(float)
    settings = {"objective": "binary", "max_depth": depth, "num_leaves": 2**depth, "verbosity": -1, "num_threads": 1,
                "max_bin": 63, "learning_rate": 0.05, "feature_fraction": 0.4}  # fmt: skip
    return lgb.train(settings, lgb.Dataset(few, outcome), num_boost_round=trees)


def cost(work: Callable[[], Any]) -> float:
    """Return the CPU microseconds of the faster of two runs."""
    spent = []
    for _ in range(2):
        begun = process_time()
        work()
        spent.append(process_time() - begun)
    return min(spent) * 1e6


if __name__ == "__main__":
    main()
