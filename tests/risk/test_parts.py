"""Risks finished from scored parts are those of scoring everyone here, whatever the tiers and however it was parted."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from risk_tables import AS_OF, policy_of, signals_table

from staycourse.events import Learner
from staycourse.risk import PartScorer, Scorecard, assess_scored, assess_with

POLICY = policy_of()
ROWS: list[dict[str, object]] = [
    {"learner": f"l{number // 2}", "course": f"c{number % 2}", "days_absent": float(number),
     "activity_30d": 90.0 - number, "activity_total": 99.0, "paid_total": float(number % 7)}
    for number in range(40)
]  # fmt: skip
LEARNERS = [Learner(learner=f"l{number}", paid_minor=100 * number, currency="CNY") for number in range(9)]


@pytest.mark.parametrize("size", [1, 7, 40])
def test_parts_of_any_size_give_the_risks_of_everyone(size: int) -> None:
    signals, scorer = signals_table(ROWS), Scorecard.from_policy(POLICY)
    score = pickle.loads(pickle.dumps(PartScorer(scorer, POLICY, AS_OF, ("activity_total",))))
    scored = pa.concat_tables([score(signals.slice(start, size)) for start in range(0, len(ROWS), size)])
    found = assess_scored(scored, POLICY, LEARNERS, AS_OF, basis=scorer.basis)
    assert found.equals(assess_with(signals, scorer, POLICY, LEARNERS, AS_OF))
    assert {"core", "regular"} == set(found["tier"].to_pylist())
    assert "activity_total" in scored.column_names


def test_of_nobody_nothing_is_told_in_the_same_columns() -> None:
    score = PartScorer(Scorecard.from_policy(POLICY), POLICY, AS_OF)
    assert score(signals_table(ROWS).slice(0, 0)).schema == score(signals_table(ROWS)).schema
