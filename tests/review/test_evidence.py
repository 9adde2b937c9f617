"""From endings to arms, from arms to a verdict, from a verdict to words in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import LANGUAGES, BadInput, Money, words_of
from staycourse.review import (
    AlertFacts,
    Counts,
    Ended,
    Evidence,
    EvidenceRules,
    Stratum,
    Sums,
    guard_rail,
    judge,
    strata_of,
    weigh,
)
from staycourse.review.telling import evidence_sentences, verdict_sentence

D = date(2026, 3, 1)


def tier(treated: tuple[int, int], held: tuple[int, int], share: float = 0.1) -> Stratum:
    """Stayed and learners of both arms."""
    return Stratum("regular", Counts(treated[1], treated[0]), Counts(held[1], held[0]), share)


HELPS = tier((5_400, 9_000), (400, 1_000))
HARMS = tier((3_600, 9_000), (600, 1_000))
UNKNOWN = tier((410, 900), (43, 100))
SAME = tier((45_000, 90_000), (5_000, 10_000))
FEW = tier((50, 90), (5, 10))
BROKEN = tier((5_400, 9_000), (200, 500))


@pytest.mark.parametrize(
    ("stratum", "verdict", "because"),
    [
        (HELPS, "helps", "interval"),
        (HARMS, "harms", "interval"),
        (UNKNOWN, "not_yet_known", "interval"),
        (SAME, "no_difference_larger_than", "interval"),
        (FEW, "not_yet_known", "too_few_outcomes"),
        (BROKEN, "not_yet_known", "draw_broken"),
    ],
)
def test_each_verdict(stratum: Stratum, verdict: str, because: str) -> None:
    found = weigh("nudge", [stratum])
    assert (found.verdict, found.because) == (verdict, because)
    assert (found.uplift is None) == (because != "interval")
    assert (found.value is None) == (verdict != "no_difference_larger_than")


def test_no_difference_names_the_farther_end() -> None:
    found = weigh("nudge", [SAME])
    assert found.uplift is not None
    assert found.uplift.always_valid is not None
    assert found.value == max(-found.uplift.always_valid.low, found.uplift.always_valid.high)
    assert found.value <= EvidenceRules().matters
    assert weigh("nudge", [SAME], rules=EvidenceRules(matters=0.001)).verdict == "not_yet_known"


def test_without_alerts_nothing_is_known() -> None:
    found = weigh("nudge", [])
    assert (found.verdict, found.because, found.sample_ratio_p, found.detectable) == (
        "not_yet_known", "too_few_outcomes", None, None,
    )  # fmt: skip


def test_the_cost_of_a_kept_learner_is_by_the_uplift_and_only_where_it_helps() -> None:
    cost = Money(900_000, "CNY")
    found = weigh("nudge", [HELPS], cost=cost)
    assert found.cost_per_kept == Money(500, "CNY")  # 0.6 - 0.4 of 9,000 learners
    assert found.cost_per_kept_range is not None
    low, high = found.cost_per_kept_range
    assert low < Money(500, "CNY") < high
    assert weigh("nudge", [HARMS], cost=cost).cost_per_kept is None
    assert weigh("nudge", [HELPS]).cost_per_kept is None


def test_rules_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadInput, match="shares and counts"):
        EvidenceRules(alpha=0)
    with pytest.raises(BadInput, match="no outcomes"):
        weigh("nudge", [Stratum("core", Sums(1, 1, 1), Sums(1, 1, 1), 0.5)])


def alert(learner: str, after: int = 0, **facts: object) -> AlertFacts:
    name = f"{learner}-{after}"
    plain = AlertFacts(name, learner, "c1", D + timedelta(days=after), 14, "regular", "no_time", (), "nudge")
    return replace(plain, **facts)  # type: ignore[arg-type]


def ended(*alerts: AlertFacts) -> list[Ended]:
    return judge(alerts, label="silence", known_by=D + timedelta(days=400))


def back(after: int) -> date:
    return D + timedelta(days=after)


def test_learners_count_once_by_their_first_alert_in_the_arm_they_were_drawn_into() -> None:
    told = ended(
        alert("a", 30, returned_on=back(32)),
        alert("a"),
        alert("b", returned_on=back(2)),
        alert("c", arm="held_out", returned_on=back(2), contacted_on=back(1)),
        alert("d", tier="core", arm="held_out"),
        alert("e", arm="exempt", returned_on=back(2)),
        alert("f", arm="global_hold_out"),
        alert("g", playbook="other"),
        alert("h", ends_on=back(5), returned_on=back(2)),
    )
    assert strata_of(told, "nudge", {"core": 0.05, "regular": 0.1}) == (
        Stratum("core", Counts(0, 0), Counts(1, 0), 0.05),
        Stratum("regular", Counts(2, 1), Counts(1, 1), 0.1),
    )
    assert strata_of(list(reversed(told)), "nudge", 0.1) == strata_of(told, "nudge", 0.1)
    (core, regular) = strata_of(told, None, 0.05)
    assert (core.treated, core.held) == (Counts(1, 0), Counts(0, 0))
    assert (regular.treated, regular.held) == (Counts(4, 2), Counts(1, 0))


def test_the_first_alert_is_the_earliest_whatever_it_is_called() -> None:
    later = alert("a", 30, alert="0", returned_on=back(32))
    assert strata_of(ended(later, alert("a", alert="9")), "nudge", 0.1)[0].treated == Counts(1, 0)


def simulated(gain: float, seed: int, learners: int = 3_000) -> Evidence:
    """Return the evidence on made-up learners who stay with 0.4, and with 0.4 + `gain` if they are helped."""
    dice = Random(seed)
    alerts = []
    for n in range(learners):
        held = dice.random() < 0.2
        stays = dice.random() < (0.4 if held else 0.4 + gain)
        alerts.append(
            alert(
                f"l{n}", arm="held_out" if held else "treated", returned_on=back(5) if stays else None,
                contacted_on=None if held else back(1),
            )
        )  # fmt: skip
    return weigh("nudge", strata_of(ended(*alerts), "nudge", 0.2))


def test_a_true_uplift_is_found_and_none_is_made_up() -> None:
    helped = [simulated(0.2, seed) for seed in range(8)]
    assert {found.verdict for found in helped} == {"helps"}
    for found in helped:
        assert found.uplift is not None
        assert found.uplift.always_valid is not None
        assert found.uplift.always_valid.holds(0.2)
    idle = [simulated(0.0, seed) for seed in range(8)]
    assert not {"helps", "harms"} & {found.verdict for found in idle}


def test_help_that_does_nothing_is_rarely_praised_though_it_is_read_every_week() -> None:
    """A year of weekly readings of 300 idle playbooks: fewer than one in twenty is ever said to help or harm."""
    dice = np.random.default_rng(17)
    treated, held = dice.binomial(90, 0.4, (52, 300)).cumsum(axis=0), dice.binomial(10, 0.4, (52, 300)).cumsum(axis=0)
    said = 0
    for run in range(300):
        verdicts = {
            weigh("idle", [tier((treated[w, run], 90 * (w + 1)), (held[w, run], 10 * (w + 1)))]).verdict
            for w in range(52)
        }
        said += bool({"helps", "harms"} & verdicts)
    assert said / 300 <= 0.05


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stratum", [HELPS, HARMS, UNKNOWN, SAME, FEW, BROKEN, tier((5, 5), (5, 5))])
def test_all_is_said_in_both_languages(stratum: Stratum, language: str) -> None:
    words = words_of(language)
    rails = [
        guard_rail("unsubscribe", Counts(9_000, 180), Counts(1_000, 4)),
        guard_rail("complaint", Counts(9_000, 9), Counts(1_000, 1)),
        guard_rail("complaint", Counts(9, 1), Counts(1, 0)),
    ]
    said = evidence_sentences(weigh("nudge", [stratum], guard_rails=rails, cost=Money(900_000, "CNY")), words)
    assert len(said) >= 6
    for sentence in said:
        assert "{" not in sentence
        assert not sentence.startswith("evidence.")


def test_the_verdict_reads_as_a_manager_would_say_it() -> None:
    words = words_of("en")
    assert verdict_sentence(weigh("nudge", [HELPS]), words).startswith("Helps: +20.0 points more learners stayed")
    assert verdict_sentence(weigh("nudge", [FEW]), words).startswith("Not yet known: too few")
    assert evidence_sentences(weigh("nudge", [FEW]), words)[1].startswith("So far 50 of 90 learners")
    assert "60% of 9,000 learners" in evidence_sentences(weigh("nudge", [HELPS]), words)[1]
    assert "CN¥5.00" in evidence_sentences(weigh("nudge", [HELPS], cost=Money(900_000, "CNY")), words)[-1]


@given(
    st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.1, 0.2])
)
def test_weighing_never_fails_and_never_shows_a_figure_on_too_few(a: int, b: int, c: int, d: int, share: float) -> None:
    found = weigh("nudge", [tier((a, a + b), (c, c + d), share)], cost=Money(100, "CNY"))
    if min(a, b, c, d) < EvidenceRules().minimum_outcomes:
        assert found.uplift is None
        assert found.verdict == "not_yet_known"
    for language in LANGUAGES:
        assert all(evidence_sentences(found, words_of(language)))
