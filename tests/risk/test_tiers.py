"""Value and tiers: the top share by amount paid, within a currency; else by activity; then by tenure."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import AS_OF, policy_of, signals_table

from staycourse.events import Learner
from staycourse.risk import KnownTiers, LearnerTiers, tiers_known, value_tiers

TIERS = policy_of().tiers


def tiers_of(rows: list[dict[str, object]], learners: list[Learner] | pa.Table | None = None) -> LearnerTiers:
    return value_tiers(signals_table(rows), learners if learners is not None else [], TIERS, AS_OF)


def core_of(tiers: LearnerTiers) -> set[str]:
    return set(tiers.learner.filter(pa.array(tiers.core)).to_pylist())


def paying(name: str, minor: int | None, currency: str = "CNY") -> Learner:
    return Learner(learner=name, paid_minor=minor, currency=currency)


def test_the_top_fifth_by_amount_paid_is_core() -> None:
    names = [f"l{n}" for n in range(10)]
    tiers = tiers_of([{"learner": name} for name in names], [paying(name, 100 * n) for n, name in enumerate(names)])
    assert core_of(tiers) == {"l8", "l9"}
    assert tiers.value.tolist() == pytest.approx([(n + 0.5) / 10 for n in range(10)])
    assert [(b.by, b.currency, b.least) for b in tiers.boundaries] == [("paid", "CNY", 800.0)]


def test_currencies_are_compared_within_themselves() -> None:
    yen = [paying(f"y{n}", 10_000 * (n + 1), "JPY") for n in range(5)]
    dollars = [paying(f"d{n}", 100 * (n + 1), "USD") for n in range(5)]
    tiers = tiers_of([{"learner": who.learner} for who in yen + dollars], yen + dollars)
    assert core_of(tiers) == {"y4", "d4"}
    assert {(b.currency, b.least) for b in tiers.boundaries} == {("JPY", 50_000.0), ("USD", 500.0)}


def test_the_events_tell_what_was_paid_where_the_attributes_do_not() -> None:
    rows: list[dict[str, object]] = [{"learner": f"l{n}", "paid_total": 10.0 * n} for n in range(5)]
    tiers = tiers_of(rows, [paying("l0", 5_000), Learner(learner="l1")])
    assert core_of(tiers) == {"l0"}
    assert tiers.paid_minor.to_pylist() == [5_000, 10, 20, 30, 40]
    assert tiers.currency.to_pylist() == ["CNY", None, None, None, None]


def test_where_nothing_is_paid_activity_decides() -> None:
    rows: list[dict[str, object]] = [
        {"learner": f"l{n}", "activity_total": float(n), "paid_total": 0.0} for n in range(5)
    ]
    tiers = tiers_of(rows)
    assert core_of(tiers) == {"l4"}
    assert tiers.boundaries[0].by == "activity"
    assert tiers.paid_minor.to_pylist() == [None] * 5


def test_activity_is_summed_over_a_learners_courses() -> None:
    rows: list[dict[str, object]] = [{"learner": f"l{n}", "activity_total": 10.0} for n in range(4)]
    rows += [{"learner": "both", "course": c, "activity_total": 6.0} for c in ("c", "d")]
    tiers = tiers_of(rows)
    assert core_of(tiers) == {"both"}
    assert tiers.value[tiers.row].tolist()[-2:] == [0.9, 0.9]


def test_where_somebody_pays_who_paid_nothing_is_not_core() -> None:
    rows: list[dict[str, object]] = [{"learner": f"l{n}", "activity_total": float(n)} for n in range(10)]
    assert core_of(tiers_of(rows, [paying("l0", 100)])) == {"l0"}


def test_equal_payers_are_told_apart_by_activity_then_tenure() -> None:
    rows: list[dict[str, object]] = [
        {"learner": "a", "activity_total": 5.0},
        {"learner": "b", "activity_total": 9.0, "enrolled_on": AS_OF - timedelta(days=10)},
        {"learner": "c", "activity_total": 9.0, "enrolled_on": AS_OF - timedelta(days=90)},
    ]
    tiers = tiers_of(rows, [paying(name, 100) for name in "abc"])
    assert np.argsort(tiers.value).tolist() == [0, 1, 2]
    joined = [Learner(learner="b", paid_minor=100, currency="CNY", joined_on=AS_OF - timedelta(days=900))]
    tiers = tiers_of(rows, [paying("a", 100), *joined, paying("c", 100)])
    assert np.argsort(tiers.value).tolist() == [0, 2, 1]


def test_equals_have_the_same_value_and_nobody_is_core_among_equals() -> None:
    tiers = tiers_of([{"learner": f"l{n}"} for n in range(4)])
    assert tiers.value.tolist() == [0.5] * 4
    assert not tiers.core.any()


def test_an_empty_table_and_a_table_of_attributes() -> None:
    assert len(tiers_of([]).learner) == 0
    table = pa.table({"learner": ["l0"], "paid_minor": [700]})
    assert tiers_of([{"learner": "l0"}], table).paid_minor.to_pylist() == [700]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_who_paid_more_is_never_worth_less(pairs: list[tuple[int, int]]) -> None:
    rows: list[dict[str, object]] = [
        {"learner": f"l{n}", "activity_total": float(activity)} for n, (_, activity) in enumerate(pairs)
    ]
    tiers = tiers_of(rows, [paying(f"l{n}", paid) for n, (paid, _) in enumerate(pairs)])
    order = sorted(range(len(pairs)), key=lambda n: pairs[n])
    values = tiers.value[order]
    assert (np.diff(values) >= 0).all()
    assert values.mean() == pytest.approx(0.5)
    assert tiers.core.sum() <= max(1, 0.3 * len(pairs)) + max(map(pairs.count, pairs))


@pytest.mark.parametrize("nights", [0, 1, 3])
def test_an_earlier_night_tells_the_tier_and_who_was_not_there_is_regular(nights: int) -> None:
    night = pa.table({
        "learner": ["l1", "l2", "l3"], "value": pa.array([0.9, None, 0.5]), "tier": ["core", "regular", "core"],
        "paid_minor": pa.array([5, None, 7], pa.int64()), "currency": ["CNY", None, "EUR"],
    }).slice(0, nights)  # fmt: skip
    known = KnownTiers.of(night)
    asked = [{"learner": name} for name in ("l3", "new", "l1", "l3", "l2")]
    found = tiers_known(signals_table(asked), known)
    there = night["learner"].to_pylist()
    assert found.learner.to_pylist() == ["l3", "new", "l1", "l2"]
    assert found.row.tolist() == [0, 1, 2, 0, 3]
    assert core_of(found) == {"l1", "l3"} & set(there)
    assert found.value.tolist() == [0.5 * ("l3" in there), 0.0, 0.9 * ("l1" in there), 0.0]
    assert found.paid_minor.to_pylist() == [7 if "l3" in there else None, None, 5 if "l1" in there else None, None]
    assert found.currency.to_pylist() == [
        "EUR" if "l3" in there else None,
        None,
        "CNY" if "l1" in there else None,
        None,
    ]
