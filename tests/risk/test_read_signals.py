"""The signals that a risk rests on give it alone, whoever scores."""

from __future__ import annotations

import pyarrow as pa
import pytest
from learning_frames import FIRST, KNOWN_BY, frames, small_policy

from staycourse.risk import KnownTiers, Scorecard, Scorer, assess_with, signals_read, tiers_known, train
from staycourse.signals import SIGNALS_BY_NAME

POLICY = small_policy()
KEYS = ("learner", "course", "enrolled_on", "course_day")
KNOWN = KnownTiers.of(pa.table({
    "learner": ["l1", "l3"], "value": [0.9, 0.2], "tier": ["core", "regular"],
    "paid_minor": pa.array([5, None], pa.int64()), "currency": ["CNY", None],
}))  # fmt: skip


@pytest.mark.parametrize("scorer", [Scorecard.from_policy(POLICY), train(frames(), POLICY, known_by=KNOWN_BY)])
def test_what_is_read_gives_the_risks_that_all_signals_give(scorer: Scorer) -> None:
    whole = frames(days=1, learners=200, seed=9)[0].signals
    read = signals_read(scorer, POLICY)
    some = whole.select([name for name in whole.column_names if name in read or name in KEYS])
    assert some.num_columns < whole.num_columns
    assert read <= SIGNALS_BY_NAME.keys()

    def risks(signals: pa.Table) -> pa.Table:
        return assess_with(signals, scorer, POLICY, [], FIRST, tiers=tiers_known(signals, KNOWN))

    assert risks(some).equals(risks(whole))
    assert {"core", "regular"} == set(risks(some)["tier"].to_pylist())
