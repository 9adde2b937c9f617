"""The return curve and the horizon that it proposes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import policy_of

from staycourse.kernel import LANGUAGES, translator
from staycourse.policy import ChurnPolicy
from staycourse.risk import churn_proposals, return_curve

CHURN = policy_of("[churn]\nminimum_gaps = 1\n").churn


def gaps_table(rows: Sequence[tuple[str, int, bool, int]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = (pa.string(), pa.int32(), pa.bool_(), pa.int64())
    names = ("course", "gap_days", "returned", "count")
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def churn(text: str) -> ChurnPolicy:
    return policy_of(f"[churn]\nminimum_gaps = 1\n{text}").churn


def test_without_censoring_the_curve_is_the_plain_share() -> None:
    lengths = [1] * 50 + [5] * 30 + [12] * 10
    rows = [("", days, True, lengths.count(days)) for days in sorted(set(lengths))] + [("", 400, False, 10)]
    points, ahead = return_curve(gaps_table(rows), CHURN)
    assert ahead == 30
    assert len(points) == 90
    for point in points:
        reached = [days for days in lengths if days >= point.days]
        assert point.gaps == len(reached) + 10
        assert point.share == pytest.approx(len(reached) / point.gaps)


def test_silences_that_are_still_open_do_not_count_as_gone() -> None:
    rng = np.random.default_rng(5)
    count = 40_000
    lasts = np.where(rng.random(count) < 0.7, rng.geometric(0.15, count), 10_000)
    seen = rng.integers(1, 300, count)
    returned = lasts < seen
    table = pa.table(
        {
            "course": [""] * count,
            "gap_days": np.minimum(lasts, seen).astype(np.int32),
            "returned": returned,
            "count": np.ones(count, dtype=np.int64),
        }
    )
    points, _ = return_curve(table, CHURN)
    for day in (1, 7, 14, 21):
        truth = ((lasts >= day) & (lasts < day + 30)).sum() / (lasts >= day).sum()
        assert points[day - 1].share == pytest.approx(truth, abs=0.02)


def test_the_horizon_is_the_first_day_past_which_few_come_back() -> None:
    rows = [("", day, True, 10) for day in range(1, 21)] + [("", 200, False, 40)]
    proposal = churn_proposals(gaps_table(rows), CHURN)[0]
    assert proposal.reasoning == "churn.reason.crossed"
    horizon = proposal.horizon_days
    assert horizon is not None
    shares = {point.days: point.share for point in proposal.points}
    assert shares[horizon] < 0.25 <= shares[horizon - 1]


@pytest.mark.parametrize(
    ("rows", "text", "horizon", "reasoning"),
    [
        ([("", 1, True, 90), ("", 200, False, 900)], "", 7, "shortest"),
        ([("", 35, True, 90), ("", 200, False, 1)], "", 30, "longest"),
        ([("", 35, True, 90), ("", 200, False, 1)], "longest_days = 20\n", 20, "longest"),
        ([("", 3, True, 90)], "", None, "too_few"),
        ([], "", None, "too_few"),
        ([("", 20, True, 90)], "minimum_gaps = 100\n", None, "too_few"),
    ],
)
def test_the_policy_bounds_the_proposal(
    rows: list[tuple[str, int, bool, int]], text: str, horizon: int | None, reasoning: str
) -> None:
    policy = churn(text) if "minimum" not in text else policy_of(f"[churn]\n{text}").churn
    proposal = churn_proposals(gaps_table(rows), policy)[0]
    assert (proposal.horizon_days, proposal.reasoning) == (horizon, f"churn.reason.{reasoning}")


def test_the_reasoning_reads_in_every_language() -> None:
    for rows in ([("", 1, True, 90), ("", 200, False, 900)], [("", 3, True, 9)], [("", 35, True, 90)],
                 [("", day, True, 10) for day in range(1, 21)] + [("", 200, False, 40)]):  # fmt: skip
        proposal = churn_proposals(gaps_table(rows), CHURN)[0]
        for language in LANGUAGES:
            text = translator(language).text(proposal.reasoning, None, **proposal.values)
            assert text != proposal.reasoning
            assert "{" not in text


def test_all_courses_come_first_then_each() -> None:
    rows = [("b", 3, True, 5), ("", 3, True, 9), ("a", 3, True, 4)]
    assert [proposal.course for proposal in churn_proposals(gaps_table(rows), CHURN)] == ["", "a", "b"]
    assert [proposal.course for proposal in churn_proposals(gaps_table([]), CHURN)] == [""]


def test_young_data_looks_ahead_less() -> None:
    rows = [("", day, True, 10) for day in range(1, 21)]
    points, ahead = return_curve(gaps_table(rows), CHURN)
    assert ahead == 10
    assert len(points) == 11


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.just(""), st.integers(1, 150), st.booleans(), st.integers(1, 9)), max_size=30))
def test_shares_are_shares(rows: list[tuple[str, int, bool, int]]) -> None:
    points, _ = return_curve(gaps_table(rows), CHURN)
    assert all(0 <= point.share <= 1 for point in points)
    assert [point.days for point in points] == list(range(1, len(points) + 1))
    assert all(one.gaps >= other.gaps for one, other in pairwise(points))
