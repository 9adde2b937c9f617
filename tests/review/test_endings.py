"""Tallies of endings: precision twice, recall, cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycourse.kernel import BadInput, Money
from staycourse.review import AlertFacts, Ended, Leaver, judge, tally_endings

D = date(2026, 3, 1)


def alert(name: str, **facts: object) -> AlertFacts:
    plain = AlertFacts(name, name, "c1", D, 14, "regular", "no_time", ("absent",), "nudge", "email", absent_days=7)
    return replace(plain, **facts)  # type: ignore[arg-type]


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
    told = tally_endings(ENDED, "all")[""]
    assert (told.n, told.not_judged, told.churned, told.saved, told.false_alarms) == (7, 1, 3, 2, 2)
    assert told.n == told.churned + told.saved + told.false_alarms
    assert told.n_untreated == 3
    assert told.precision_untreated == pytest.approx(2 / 3)
    assert told.precision_treated == pytest.approx(1 / 4)
    assert told.median_lead_days == 7
    assert told.contacted_despite_hold_out == 1
    assert (told.cost, told.cost_per_saved) == (Money(1_000, "CNY"), Money(500, "CNY"))


def test_the_globally_held_out_are_untreated_too() -> None:
    told = tally_endings(judge([alert("g", arm="global_hold_out")], label="silence", known_by=day(14)), "all")[""]
    assert (told.n_untreated, told.precision_untreated, told.precision_treated) == (1, 1.0, None)


def test_groups_overlap_by_rule_only() -> None:
    assert {name: told.n for name, told in tally_endings(ENDED, "rule").items()} == {"absent": 7, "falling": 1}
    assert {name: told.n for name, told in tally_endings(ENDED, "tier").items()} == {"core": 1, "regular": 6}
    assert {name: told.n for name, told in tally_endings(ENDED, "cause").items()} == {"alone": 1, "no_time": 6}
    assert {name: told.n for name, told in tally_endings(ENDED, "channel").items()} == {"email": 3}
    assert tally_endings(ENDED, "playbook")["nudge"].not_judged == 0


def test_recall_counts_the_leavers_that_had_an_alert_before() -> None:
    leavers = [
        Leaver("lost", "c1", "regular", day(7)),
        Leaver("held lost", "c1", "regular", day(7)),
        Leaver("nobody saw", "c1", "regular", day(7)),
        Leaver("saved too", "c1", "core", day(60)),
        Leaver("alone", "c2", "core", day(7)),
    ]
    assert tally_endings(ENDED, "all", leavers=leavers)[""].recall == pytest.approx(2 / 5)
    by_tier = tally_endings(ENDED, "tier", leavers=leavers)
    assert by_tier["regular"].recall == pytest.approx(2 / 3)
    assert by_tier["core"].recall == 0
    assert tally_endings(ENDED, "rule", leavers=leavers)["falling"].recall == 0
    assert tally_endings(ENDED, "playbook", leavers=leavers)["nudge"].recall is None
    assert tally_endings(ENDED, "all")[""].recall is None


def test_an_alert_still_open_counts_for_recall() -> None:
    late = alert("late", as_of=day(10))
    leavers = [Leaver("late", "c1", "regular", day(12))]
    assert tally_endings(ENDED, "all", leavers=leavers)[""].recall == 0
    assert tally_endings(ENDED, "all", leavers=leavers, alerts=[*ALERTS, late])[""].recall == 1
    on_the_day = [Leaver("late", "c1", "regular", day(10))]
    assert tally_endings(ENDED, "all", leavers=on_the_day, alerts=[*ALERTS, late])[""].recall == 0


def test_nothing_is_divided_by_nothing() -> None:
    (told,) = tally_endings(judge([alert("over", ends_on=day(3))], label="silence", known_by=day(14)), "all").values()
    assert (told.n, told.not_judged, told.precision_untreated, told.precision_treated) == (0, 1, None, None)
    assert (told.median_lead_days, told.cost, told.cost_per_saved) == (None, None, None)
    assert tally_endings([], "all") == {}


def test_costs_in_two_currencies_are_not_added() -> None:
    mixed = judge([alert("a", **BACK), alert("b", **BACK | {"currency": "USD"})], label="silence", known_by=day(14))
    with pytest.raises(BadInput, match="cannot add"):
        tally_endings(mixed, "all")
