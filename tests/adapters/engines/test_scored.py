"""Scoring where the engine computes: the same rows, to the last bit, as scoring the signals here."""

from __future__ import annotations

import pyarrow as pa
from small_school import AS_OF, courses, day

from staycourse.policy import load_policy
from staycourse.risk import PartScorer, Scorecard
from staycourse.signals import SIGNALS_BY_NAME, SignalEngine


def test_the_engine_scores_as_it_is_done_here(engine: SignalEngine, table: pa.Table) -> None:
    policy = load_policy("", signals=SIGNALS_BY_NAME)
    score = PartScorer(Scorecard.from_policy(policy), policy, day(AS_OF), ("streak_days",))
    scored = engine.scored("school", day(AS_OF), courses(), score)
    assert scored.num_rows > 12
    assert scored.to_pylist() == score(table).to_pylist()
