"""Each stage, what goes before what, and a hundred thousand learners at once."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from guarded import default_policy

from staycourse.care.lifecycle import stages
from staycourse.kernel import BadInput

POLICY = default_policy()  # a horizon of 14 days
IDLE: dict[str, Any] = {
    "learner": "ann", "course": "c", "days_absent": 1.0, "activity_3d": 0.0, "activity_30d": 0.0,
    "activity_total": 0.0, "active_days_7d": 0.0, "active_days_30d": 0.0, "lessons_completed_total": 0.0,
    "paid_total": 0.0, "days_since_payment": None, "expiries_30d": 0.0,
}  # fmt: skip
BEGUN = {"activity_3d": 5.0, "activity_30d": 5.0, "activity_total": 5.0, "lessons_completed_total": 1.0}
KEEN = BEGUN | {"activity_30d": 50.0, "activity_total": 50.0, "active_days_7d": 3.0, "active_days_30d": 9.0}
PAID = KEEN | {"paid_total": 9900.0, "days_since_payment": 5.0}


def stage(*rows: dict[str, Any], before: str = "", renewing: bool = False, at_risk: bool = False) -> str:
    table = pa.Table.from_pylist([IDLE | row for row in rows] or [IDLE])
    told = stages(
        table,
        POLICY,
        before={"ann": before} if before else {},
        renewing={"ann"} if renewing else set(),
        at_risk={"ann"} if at_risk else set(),
    )
    return told["ann"]


@pytest.mark.parametrize(
    ("row", "before", "told"),
    [
        ({}, "", "registered"),
        ({"days_absent": None}, "", "registered"),
        ({"days_absent": 7.0}, "registered", "registered"),
        ({"days_absent": 8.0}, "registered", "dormant"),
        (BEGUN, "registered", "first_lesson"),
        (BEGUN | {"lessons_completed_total": 0.0}, "registered", "first_lesson"),
        (KEEN, "first_lesson", "learning"),
        (BEGUN | {"activity_total": 6.0}, "", "learning"),
        (PAID, "learning", "paying"),
        (PAID | {"expiries_30d": 1.0}, "paying", "paying"),
        (PAID | {"expiries_30d": 1.0, "days_since_payment": 31.0}, "paying", "learning"),
        (PAID | {"days_since_payment": 300.0}, "paying", "paying"),
        (PAID | {"days_absent": 8.0}, "paying", "dormant"),
        (PAID | {"days_absent": 14.0}, "dormant", "dormant"),
        (PAID | {"days_absent": 15.0}, "dormant", "churned"),
        (PAID, "dormant", "resurrected"),
        (PAID | {"active_days_7d": 1.0}, "churned", "resurrected"),
        (PAID | {"active_days_7d": 2.0}, "resurrected", "resurrected"),
        (PAID | {"active_days_7d": 3.0}, "resurrected", "paying"),
        (PAID | {"days_absent": 8.0}, "resurrected", "dormant"),
        (BEGUN, "churned", "first_lesson"),  # never learned before: this is a beginning, not a return
    ],
)
def test_each_stage(row: dict[str, Any], before: str, told: str) -> None:
    assert stage(row, before=before) == told


def test_what_goes_before_what() -> None:
    assert stage(PAID, at_risk=True) == "at_risk"
    assert stage(PAID, at_risk=True, renewing=True) == "renewing"
    assert stage(PAID, before="dormant", at_risk=True, renewing=True) == "resurrected"
    assert stage(PAID | {"days_absent": 8.0}, before="resurrected", at_risk=True, renewing=True) == "dormant"
    assert stage(PAID | {"days_absent": 15.0}, at_risk=True, renewing=True) == "churned"


def test_all_open_courses_count_together() -> None:
    assert stage(KEEN | {"days_absent": 30.0}, {"course": "d", "days_absent": 2.0}) == "learning"
    assert stage({"days_absent": 30.0}, {"course": "d", "days_absent": 20.0}) == "churned"


def test_where_lessons_are_told_learning_without_one_is_not_a_first_lesson() -> None:
    unfinished = BEGUN | {"lessons_completed_total": 0.0}
    assert stage(unfinished, BEGUN | {"learner": "bob"}) == "registered"


def test_nobody_and_a_lacking_signal() -> None:
    table = pa.Table.from_pylist([IDLE], schema=pa.Table.from_pylist([IDLE | PAID]).schema)
    assert stages(table.slice(0, 0), POLICY, before={}, renewing=(), at_risk=()) == {}
    with pytest.raises(BadInput, match="paid_total"):
        stages(table.drop_columns(["paid_total"]), POLICY, before={}, renewing=(), at_risk=())


def test_a_hundred_thousand_learners_take_a_moment() -> None:
    count = 100_000
    luck = np.random.default_rng(1)
    columns = {
        name: luck.integers(0, 30, count).astype(float)
        for name, value in IDLE.items()
        if name not in ("learner", "course")
    }
    table = pa.table({"learner": [f"l{n}" for n in range(count)], **columns})
    before = {f"l{n}": ("dormant", "learning")[n % 2] for n in range(count)}
    began = time.process_time()
    told = stages(table, POLICY, before=before, renewing={"l1"}, at_risk={"l2"})
    assert len(told) == count and len(set(told.values())) >= 6
    assert time.process_time() - began < 5, "some hundred times slower than it is"
