"""The Shapley tables against LightGBM's own pred_contrib and prediction."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from staycourse.risk import explanation
from staycourse.risk.explanation import ShapleyTables


def _data(rows: int, missing: float, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    draw = np.random.default_rng(seed)
    matrix = np.column_stack(
        [draw.normal(size=rows), draw.integers(0, 5, rows), draw.exponential(size=rows), draw.normal(size=rows)]
    ).astype(np.float64)
    margin = matrix[:, 0] - 0.5 * matrix[:, 1] + matrix[:, 0] * matrix[:, 2]
    outcome = draw.random(rows) < 1 / (1 + np.exp(-margin))
    if missing:
        matrix[draw.random(matrix.shape) < missing] = np.nan
    return matrix, outcome


def _booster(matrix: Any, outcome: Any, depth: int, rounds: int = 40) -> Any:
    settings = {"objective": "binary", "max_depth": depth, "num_leaves": 2**depth, "verbosity": -1, "num_threads": 1,
                "min_data_in_leaf": 5, "seed": 1}  # fmt: skip
    return lgb.train(settings, lgb.Dataset(matrix, outcome.astype(float)), num_boost_round=rounds)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_contributions_equal_those_of_lightgbm(depth: int, missing: float) -> None:
    matrix, outcome = _data(3_000, missing, seed=depth)
    booster = _booster(matrix, outcome, depth)
    unseen, _ = _data(500, 0.4, seed=99)  # misses values even where the training data missed none
    unseen[:3] = [[np.inf, 0, 0, 0], [-np.inf, 2, 1e300, -1e-300], [np.nan] * 4]
    theirs = booster.predict(unseen, pred_contrib=True)
    tables = ShapleyTables(booster.dump_model()["tree_info"], 4)
    ours = tables.contributions(unseen)
    np.testing.assert_allclose(ours, theirs[:, :-1], atol=1e-9)
    assert tables.expected == pytest.approx(theirs[0, -1], abs=1e-9)
    np.testing.assert_allclose(ours.sum(axis=1) + tables.expected, booster.predict(unseen, raw_score=True), atol=1e-9)


def test_values_on_a_threshold_go_where_lightgbm_sends_them() -> None:
    matrix, outcome = _data(2_000, 0.1, seed=7)
    booster = _booster(matrix, outcome, 3)
    tables = ShapleyTables(booster.dump_model()["tree_info"], 4)
    thresholds = tables._thresholds
    edges = np.full((200, 4), 0.5)
    for feature, at in thresholds.items():
        edges[: len(at), feature] = at[:200]
    np.testing.assert_allclose(
        tables.contributions(edges).sum(axis=1) + tables.expected, booster.predict(edges, raw_score=True), atol=1e-9
    )


def test_more_rows_than_one_block_give_the_same() -> None:
    matrix, outcome = _data(40_000, 0.2, seed=5)
    booster = _booster(matrix, outcome, 3, rounds=5)
    tables = ShapleyTables(booster.dump_model()["tree_info"], 4)
    whole = tables.contributions(matrix)
    np.testing.assert_array_equal(whole[39_000:], tables.contributions(matrix[39_000:]))


def test_a_model_that_learned_nothing_has_no_contributions() -> None:
    matrix, outcome = _data(300, 0.0, seed=4)
    booster = _booster(np.zeros_like(matrix), outcome, 2, rounds=3)
    tables = ShapleyTables(booster.dump_model()["tree_info"], 4)
    assert not tables.contributions(matrix).any()
    assert tables.expected == pytest.approx(booster.predict(matrix[:1], raw_score=True)[0], abs=1e-9)


def test_a_deep_tree_is_refused() -> None:
    matrix, outcome = _data(3_000, 0.0, seed=6)
    booster = lgb.train({"objective": "binary", "num_leaves": 31, "verbosity": -1, "num_threads": 1},
                        lgb.Dataset(matrix, outcome.astype(float)), num_boost_round=1)  # fmt: skip
    with pytest.raises(ValueError, match="no table"):
        ShapleyTables(booster.dump_model()["tree_info"], 4)


def test_few_rows_get_to_the_last_bit_what_many_rows_get(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row's shares may not depend on how many rows stand beside it: parts of any size are scored alike."""
    matrix, outcome = _data(3_000, 0.2, seed=5)
    tables = ShapleyTables(_booster(matrix, outcome, 3).dump_model()["tree_info"], 4)
    few = tables.contributions(matrix[:500])
    monkeypatch.setattr(explanation, "FEW", 0)
    assert np.array_equal(few, tables.contributions(matrix[:500]))
    assert few.any()
