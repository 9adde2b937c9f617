"""The table of risks: its columns, its reasons, and that it is the same however it is put together."""

from __future__ import annotations

import sys
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import AS_OF, NAMES, policy_of, scores_of, signals_table

from staycourse.events import Learner
from staycourse.policy import CATEGORIES
from staycourse.risk import RISKS_SCHEMA, assess, assess_with, is_of_course
from staycourse.risk.scores import Scores
from staycourse.signals import SIGNALS_BY_NAME

POLICY = policy_of()


def test_one_row_per_enrolment_with_the_schema() -> None:
    ann: dict[str, object] = {"learner": "ann", "course": "x", "days_absent": 9}
    rows: list[dict[str, object]] = [ann, {"learner": "ann", "course": "y"}, {"learner": "bob"}]
    learners = [Learner(learner="ann", paid_minor=900, currency="EUR"), Learner(learner="not enrolled", paid_minor=1)]
    scores = scores_of([{"days_absent": 1.5}, {}, {}], [0.7, 0.2, 0.4])
    risks = assess(signals_table(rows), scores, policy_of(), learners, AS_OF, model="m1")
    assert risks.schema == RISKS_SCHEMA
    first = risks.to_pylist()[0]
    assert first | {"value": None} == {
        "learner": "ann", "course": "x", "as_of": AS_OF, "risk": 0.7, "learner_risk": 0.2, "tier": "regular",
        "value": None, "paid_minor": 900, "currency": "EUR", "absent_days": 9, "days_in": 60, "cause": "unclear",
        "rules": ["absent"],
        "reasons": [{"signal": "days_absent", "category": "login", "contribution": 1.5, "value": 9.0}],
        "categories": [{"category": name, "contribution": 1.5 if name == "login" else 0.0} for name in CATEGORIES],
        "basis": "scorecard", "model": "m1", "policy_version": 0,
    }  # fmt: skip
    assert risks["learner_risk"].to_pylist() == [0.2, 0.2, 0.4]


def test_reasons_are_the_five_that_raise_most_and_their_values() -> None:
    amounts = dict(zip(NAMES, [0.1, -3.0, 0.5, 0.4, 0.3, 0.2, 0.6], strict=False))
    values: dict[str, object] = {name: float(place) for place, name in enumerate(NAMES[:5])}
    reasons = assess(signals_table([values]), scores_of([amounts]), POLICY, [], AS_OF)["reasons"].to_pylist()[0]
    assert [reason["contribution"] for reason in reasons] == [0.6, 0.5, 0.4, 0.3, 0.2]
    assert [reason["signal"] for reason in reasons] == [NAMES[place] for place in (6, 2, 3, 4, 5)]
    assert [reason["value"] for reason in reasons] == [None, 2.0, 3.0, 4.0, None]


def test_absence_is_counted_from_the_start_where_nothing_is_known() -> None:
    rows: list[dict[str, object]] = [
        {"enrolled_on": AS_OF - timedelta(days=20), "course_day": 5},
        {"enrolled_on": AS_OF - timedelta(days=4), "course_day": 50},
        {"enrolled_on": AS_OF - timedelta(days=30), "course_day": -10},
        {"days_absent": 2},
    ]
    assert assess(signals_table(rows), scores_of([{}] * 4), POLICY, [], AS_OF)["absent_days"].to_pylist() == [
        5,
        4,
        0,
        2,
    ]


class Slicing:
    """A scorer whose scores depend on nothing but the row."""

    basis = "model"
    signals = NAMES

    def __init__(self) -> None:
        self.asked: list[int] = []

    def score(self, signals: pa.Table) -> Scores:
        self.asked.append(signals.num_rows)
        raw = np.nan_to_num(signals["days_absent"].to_numpy())
        contributions = np.zeros((signals.num_rows, len(NAMES)))
        contributions[:, 0] = raw / 10
        contributions[:, 5] = raw % 3
        return Scores(1 / (1 + np.exp(-raw / 10)), raw / 10, contributions, 0.0, NAMES, self.basis)


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_parts_make_the_same_table(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, object]] = [
        {"learner": f"l{n % 4}", "course": f"c{n}", "days_absent": float(n), "paid_total": n} for n in range(10)
    ]
    table = signals_table(rows)
    whole = assess(table, Slicing().score(table), POLICY, [], AS_OF)
    monkeypatch.setattr(sys.modules["staycourse.risk.assess"], "ROWS_AT_ONCE", at_once)
    scorer = Slicing()
    assert assess_with(table, scorer, POLICY, [], AS_OF).equals(whole)
    assert assess(table, Slicing().score(table), POLICY, [], AS_OF).equals(whole)
    assert sum(scorer.asked) == 10
    assert max(scorer.asked) <= at_once


def test_an_empty_table() -> None:
    empty = signals_table([])
    for risks in (assess(empty, scores_of([]), POLICY, [], AS_OF), assess_with(empty, Slicing(), POLICY, [], AS_OF)):
        assert risks.num_rows == 0
        assert risks.schema == RISKS_SCHEMA


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_contributions_are_kept_whole(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    chosen = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12, unique=True))
    amount = st.integers(-8, 8).map(lambda n: n / 4)
    rows = [{name: data.draw(amount) for name in chosen} for _ in range(count)]
    learners = [f"l{data.draw(st.integers(0, 2))}" for _ in range(count)]
    risk = [data.draw(st.integers(0, 10)) / 10 for _ in range(count)]
    table = signals_table([{"learner": name, "course": f"c{n}"} for n, name in enumerate(learners)])
    for place, row in enumerate(assess(table, scores_of(rows, risk), POLICY, [], AS_OF).to_pylist()):
        by_category = {entry["category"]: entry["contribution"] for entry in row["categories"]}
        for category in CATEGORIES:
            own = [rows[place][name] for name in chosen if SIGNALS_BY_NAME[name].category == category]
            assert by_category[category] == pytest.approx(sum(own))
        shares = [reason["contribution"] for reason in row["reasons"]]
        raising = {name: share for name, share in rows[place].items() if share > 0}
        course = [raising.pop(name) for name in list(raising) if is_of_course(name)]
        assert shares == [*sorted(raising.values(), reverse=True)[:5], *course]
        assert row["learner_risk"] == min(
            own for own, name in zip(risk, learners, strict=True) if name == learners[place]
        )
