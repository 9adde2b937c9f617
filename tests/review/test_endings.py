"""Tallies of endings: precision twice, recall, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import BadInput, Money
from staycourse.review import (
    AlertFacts,
    Ended,
    EndingTally,
    LeaverCount,
    counts_of,
    judge,
    tally_endings,
)
from staycourse.review.endings import By

D = date(2026, 3, 1)


def alert(name: str, **facts: object) -> AlertFacts:
    plain = AlertFacts(name, name, "c1", D, 14, "regular", "no_time", ("absent",), "nudge", "email", absent_days=7)
    return replace(plain, **facts)  # type: ignore[arg-type]


def tallied(ended: list[Ended], by: By, leavers: Sequence[LeaverCount] = ()) -> dict[str, EndingTally]:
    return tally_endings(counts_of(ended), by, leavers=leavers)


def day(after: int) -> date:
    return D + timedelta(days=after)


BACK = {"contacted_on": day(1), "returned_on": day(2), "cost_minor": 300, "currency": "CNY"}
ALERTS = [
    alert("saved", **BACK),
    alert("saved too", **BACK, rules=("absent", "falling"), tier="core"),
    alert("lost", contacted_on=day(1), cost_minor=400, currency="CNY"),
    alert("alone", returned_on=day(3), channel=None),
    alert("held lost", arm="held_out", channel=None),
    alert("held lost too", arm="held_out", channel=None, cause="alone"),
    alert("held back", arm="held_out", channel=None, returned_on=day(9), contacted_on=day(2)),
    alert("over", ends_on=day(3), playbook=None),
]
ENDED: list[Ended] = judge(ALERTS, label="silence", known_by=day(14))


def test_all_alerts_together() -> None:
    told = tallied(ENDED, "all")[""]
    assert (told.n, told.not_judged, told.churned, told.saved, told.false_alarms) == (7, 1, 3, 2, 2)
    assert told.n == told.churned + told.saved + told.false_alarms
    assert told.n_untreated == 3
    assert told.precision_untreated == pytest.approx(2 / 3)
    assert told.precision_treated == pytest.approx(1 / 4)
    assert told.median_lead_days == 7
    assert told.contacted_despite_hold_out == 1
    assert (told.cost, told.cost_per_saved) == (Money(1_000, "CNY"), Money(500, "CNY"))


def test_the_globally_held_out_are_untreated_too() -> None:
    told = tallied(judge([alert("g", arm="global_hold_out")], label="silence", known_by=day(14)), "all")[""]
    assert (told.n_untreated, told.precision_untreated, told.precision_treated) == (1, 1.0, None)


def test_groups_overlap_by_rule_only() -> None:
    assert {name: told.n for name, told in tallied(ENDED, "rule").items()} == {"absent": 7, "falling": 1}
    assert {name: told.n for name, told in tallied(ENDED, "tier").items()} == {"core": 1, "regular": 6}
    assert {name: told.n for name, told in tallied(ENDED, "cause").items()} == {"alone": 1, "no_time": 6}
    assert {name: told.n for name, told in tallied(ENDED, "channel").items()} == {"email": 3}
    assert tallied(ENDED, "playbook")["nudge"].not_judged == 0


def left(tier: str, n: int = 1, *, causes: str = "", rules: str = "") -> LeaverCount:
    return LeaverCount(tier, bool(causes), frozenset(causes.split()), frozenset(rules.split()), n)


def test_recall_counts_the_leavers_that_had_an_alert_before() -> None:
    leavers = [left("regular", 2, causes="no_time alone", rules="absent"), left("regular"), left("core", 2)]
    assert tallied(ENDED, "all", leavers)[""].recall == pytest.approx(2 / 5)
    by_tier = tallied(ENDED, "tier", leavers)
    assert by_tier["regular"].recall == pytest.approx(2 / 3)
    assert by_tier["core"].recall == 0
    assert {name: told.recall for name, told in tallied(ENDED, "rule", leavers).items()} == {
        "absent": pytest.approx(2 / 5), "falling": 0,
    }  # fmt: skip
    assert tallied(ENDED, "cause", leavers)["alone"].recall == pytest.approx(2 / 5)
    assert tallied(ENDED, "playbook", leavers)["nudge"].recall is None
    assert tallied(ENDED, "all")[""].recall is None
    assert tallied(ENDED, "tier", leavers[:2])["core"].recall is None


@given(st.lists(st.integers(-9, 9), max_size=40))
def test_the_median_of_counts_is_that_of_the_single_days(days: list[int]) -> None:
    lost = [replace(one, lead_days=lead) for one in ENDED[2:3] for lead in days]
    told = tallied(lost, "all")
    assert (told[""].median_lead_days if days else None) == (median(days) if days else None)


def test_nothing_is_divided_by_nothing() -> None:
    (told,) = tallied(judge([alert("over", ends_on=day(3))], label="silence", known_by=day(14)), "all").values()
    assert (told.n, told.not_judged, told.precision_untreated, told.precision_treated) == (0, 1, None, None)
    assert (told.median_lead_days, told.cost, told.cost_per_saved) == (None, None, None)
    assert tallied([], "all") == {}


def test_costs_in_two_currencies_are_not_added() -> None:
    mixed = judge([alert("a", **BACK), alert("b", **BACK | {"currency": "USD"})], label="silence", known_by=day(14))
    with pytest.raises(BadInput, match="cannot add"):
        tallied(mixed, "all")
