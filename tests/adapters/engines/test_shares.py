"""Learners shared out among tasks: whatever the cut, together they give what one engine gives at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_school import AS_OF, Lake, courses, day, happenings

from staycourse.adapters.engines import DuckDBEngine
from staycourse.adapters.engines.spark.shares import COUNTS, LEARNERS_A_SHARE, Question, shared_out
from staycourse.signals import CATALOGUE


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> DuckDBEngine:
    lake = Lake(tmp_path_factory.mktemp("shares"))
    lake.add(happenings(21, learners=12, count=900))
    engine = DuckDBEngine(lake.home, lake.files, threads=1, memory_gigabytes=1)
    engine.roll_up("school")
    return engine


def answered(engine: DuckDBEngine, scratch: Path, shares: Sequence[range]) -> pa.Table:
    """Run both rounds as the tasks would."""
    question = Question(engine._home, "school", day(AS_OF), tuple(courses()), CATALOGUE, tuple(shares), scratch)
    told = [table for share in range(len(shares)) for table in question.plain(share)]
    assert {table.schema for table in told} == {COUNTS}
    question.stand(pa.concat_tables(told))
    parts = [table for share in range(len(shares)) for table in question.compared(lambda rows: rows, share)]
    assert {part.schema for part in parts} == {question.scored_nobody(lambda rows: rows).schema}
    return pa.concat_tables(parts).drop_columns(["learner_no", "course_no"])


@pytest.mark.parametrize("cuts", [[1, 13], [1, 2, 3, 13], [1, 7, 7, 13], [1, 4, 5, 11, 13, 40]])
def test_shares_give_together_what_is_given_at_once(school: DuckDBEngine, tmp_path: Path, cuts: list[int]) -> None:
    shares = [range(first, end) for first, end in pairwise(cuts)]
    whole = school.signals("school", day(AS_OF), courses())
    assert whole.num_rows > 12
    assert answered(school, tmp_path, shares).equals(whole)


@given(newest=st.integers(0, 5 * LEARNERS_A_SHARE), tasks=st.integers(0, 70))
def test_every_learner_is_in_one_share_and_none_is_too_large(newest: int, tasks: int) -> None:
    shares = shared_out(newest, tasks)
    assert len(shares) >= max(1, tasks)
    assert (shares[0].start, shares[-1].stop) == (1, newest + 1)
    assert all(one.stop == other.start for one, other in pairwise(shares))
    sizes = [len(share) for share in shares]
    assert max(sizes) <= LEARNERS_A_SHARE
    assert max(sizes) - min(sizes) <= 1
