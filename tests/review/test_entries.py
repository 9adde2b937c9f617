"""How entries end by what they are judged by, and that both sources of evidence give the same strata."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.review import (
    AlertFacts,
    Counts,
    EntryCount,
    EntryFacts,
    Seen,
    Stratum,
    counts_of,
    guard_rails,
    judge,
    judge_entries,
    seen_of_alerts,
    seen_of_endings,
    seen_of_entries,
    strata_by_tier,
    weigh,
)
from staycourse.signals import Label

D = date(2026, 3, 1)
DUE = D + timedelta(days=14)


def day(number: int | None) -> date | None:
    return None if number is None else D + timedelta(days=number)


def entry(judged_by: Any = "stays", learner: str = "ann", **seen: Any) -> EntryFacts:
    days: dict[str, Any] = {name: day(value) for name, value in seen.items()}
    return EntryFacts(learner, "welcome", "regular", "treated", D, DUE, judged_by, **days)


def ending(facts: EntryFacts, label: Label = "silence") -> tuple[bool, str]:
    (one,) = judge_entries([facts], label=label, known_by=DUE)
    return one.kept, one.why


@pytest.mark.parametrize(
    ("facts", "label", "kept", "why"),
    [
        (entry(returned_on=14), "silence", True, "stayed"),
        (entry(returned_on=15), "silence", False, "silent"),
        (entry(), "silence", False, "silent"),
        (entry(), "withdrawal", True, "stayed"),
        (entry(withdrew_on=3), "withdrawal", False, "withdrew"),
        (entry(withdrew_on=15), "withdrawal", True, "stayed"),
        (entry(returned_on=1, last_learning_on=2, withdrew_on=3), "silence", False, "withdrew"),
        (entry(returned_on=1, last_learning_on=9, withdrew_on=3), "silence", True, "stayed"),  # in another course
        (entry("returns", returned_on=14), "withdrawal", True, "came_back"),
        (entry("returns", returned_on=15, paid_on=2), "silence", False, "silent"),
        (entry("renews", paid_on=14), "silence", True, "paid"),
        (entry("renews", paid_on=15, returned_on=1), "silence", False, "not_paid"),
    ],
)
def test_each_ending(facts: EntryFacts, label: Label, kept: bool, why: str) -> None:
    assert ending(facts, label) == (kept, why)


def test_nothing_is_judged_before_its_horizon_and_the_settling_have_passed() -> None:
    facts = [entry(returned_on=2)]
    assert list(judge_entries(facts, label="silence", known_by=DUE, settle_days=1)) == []
    (one,) = judge_entries(facts, label="silence", known_by=DUE + timedelta(days=1), settle_days=1)
    assert one.judged_on == DUE + timedelta(days=1)


@given(returned=st.none() | st.integers(1, 30), withdrew=st.none() | st.integers(1, 30), label=st.sampled_from(
    ["silence", "withdrawal"]))  # fmt: skip
def test_who_stays_is_who_did_not_leave_by_the_definition_of_alerts(
    returned: int | None, withdrew: int | None, label: Label
) -> None:
    alert = AlertFacts(alert="a", learner="ann", course="", as_of=D, horizon_days=14, tier="regular", cause="alone",
                       returned_on=day(returned), withdrew_on=day(withdrew))  # fmt: skip
    (one,) = judge([alert], label=label, known_by=DUE)
    assert ending(entry(returned_on=returned, withdrew_on=withdrew), label)[0] == (one.ending != "churned")


def count(arm: Any, n: int, kept: int, *, tier: str = "regular", judged_by: Any = "stays", playbook: str = "welcome",
          unsubscribed: int = 0) -> EntryCount:  # fmt: skip
    return EntryCount(playbook, judged_by, tier, arm, "CNY", n, kept, unsubscribed, 0, 0)


def test_counts_become_strata_by_tier_of_what_the_playbook_is_judged_by_now() -> None:
    counts = [
        count("treated", 90, 60), count("held_out", 10, 4), count("treated", 9, 9, tier="core"),
        count("held_out", 1, 0, tier="core"), count("treated", 500, 1, judged_by="renews"),
        count("treated", 700, 2, playbook="habit"),
    ]  # fmt: skip
    seen = seen_of_entries(counts, "welcome", "stays")
    assert strata_by_tier(seen, {"core": 0.1, "regular": 0.2}) == (
        Stratum("core", Counts(9, 9), Counts(1, 0), 0.1), Stratum("regular", Counts(90, 60), Counts(10, 4), 0.2),
    )  # fmt: skip


def test_entries_and_alerts_of_the_same_learners_give_the_same_evidence() -> None:
    """One path: whether the arms come from alerts, from entries or from counts of entries changes no figure."""
    facts = [
        replace(entry(learner=f"L{n}", returned_on=3 if (n // 5) % 10 < (6 if n % 5 else 4) else None),
                arm="treated" if n % 5 else "held_out")
        for n in range(400)
    ]  # fmt: skip
    ended = list(judge_entries(facts, label="silence", known_by=DUE))
    alerts = judge(
        [AlertFacts(alert=f"a{n}", learner=one.learner, course="c", as_of=D, horizon_days=14, tier="regular",
                    cause="alone", playbook="welcome", arm=one.arm, returned_on=one.returned_on)
         for n, one in enumerate(facts)],
        label="silence", known_by=DUE,
    )  # fmt: skip
    by_arm = [
        count(arm, sum(one.facts.arm == arm for one in ended), sum(one.facts.arm == arm and one.kept for one in ended))
        for arm in ("treated", "held_out")
    ]
    found = [
        weigh("welcome", strata_by_tier(seen, 0.2))
        for seen in (seen_of_alerts(counts_of(alerts), "welcome"), seen_of_endings(ended, "welcome"),
                     seen_of_entries(by_arm, "welcome", "stays"))
    ]  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert found[0].uplift is not None
    assert (found[0].treated, found[0].held) == (Counts(320, 192), Counts(80, 32))


def test_guard_rails_are_asked_of_the_very_learners_who_are_compared() -> None:
    seen = [Seen("core", False, 400, 300, {"unsubscribe": 40}), Seen("core", True, 100, 60)]
    (rail,) = guard_rails(seen, ["unsubscribe"])
    assert (rail.treated, rail.held, rail.state) == (Counts(400, 40), Counts(100, 0), "harm")


def test_how_many_outcomes_are_lacking_is_told() -> None:
    found = weigh("welcome", strata_by_tier([Seen("core", False, 90, 60), Seen("core", True, 10, 7)], 0.1))
    assert (found.because, found.outcomes, found.needed) == ("too_few_outcomes", 3, 20)
