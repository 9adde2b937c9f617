"""The choice between answers: by priority at first, then by what works, without saying the same again."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
import numpy as np
import pytest
from guarded import default_policy

from staycourse.care.choice import Choice, Outcome, PlaybookRecord, choose, records_of
from staycourse.kernel import BadInput

POLICY = msgspec.structs.replace(default_policy().care.choice, enabled=True, minimum_outcomes=100)
ARMS = ("pieces", "goal", "pause")


def records(**of: tuple[float, float]) -> list[PlaybookRecord]:
    return [PlaybookRecord(name, "no_time", "core", won, tried) for name, (won, tried) in of.items()]


KNOWN = records(pieces=(20, 100), goal=(40, 100), pause=(5, 100))


@pytest.mark.parametrize(
    ("arms", "known", "enabled"),
    [(ARMS, records(goal=(99, 99)), True), (ARMS, [], True), (ARMS, KNOWN, False), (("pieces",), KNOWN, True)],
)
def test_until_enough_is_known_the_first_by_priority_is_taken(
    arms: tuple[str, ...], known: list[PlaybookRecord], enabled: bool
) -> None:
    policy = msgspec.structs.replace(POLICY, enabled=enabled)
    chosen = {choose(arms, known, [], policy, f"learner {number}").playbook for number in range(50)}
    assert chosen == {"pieces"}
    told = choose(arms, known, [], policy, "s")
    assert told.basis == "priority" and told.weights["pieces"].probability == 1.0


def test_then_what_works_is_chosen_as_often_as_the_weights_say() -> None:
    choices = [choose(ARMS, records(pieces=(30, 100), goal=(35, 100)), [], POLICY, f"{n}") for n in range(1500)]
    told = choices[0]
    assert told.basis == "bandit" and all(one.weights == told.weights for one in choices)
    often = Counter(one.playbook for one in choices)
    assert sum(one.probability for one in told.weights.values()) == pytest.approx(1.0)
    for arm, weight in told.weights.items():
        assert often[arm] / 1500 == pytest.approx(weight.probability, abs=0.06)
        assert weight.low < weight.mean < weight.high
    assert told.weights["goal"].probability > told.weights["pieces"].probability


def test_the_same_seed_gives_the_same_choice() -> None:
    assert choose(ARMS, KNOWN, [], POLICY, "ann:1") == choose(ARMS, KNOWN, [], POLICY, "ann:1")


def test_the_prior_is_the_rate_of_all_together_and_a_new_answer_starts_there() -> None:
    told = choose((*ARMS, "new"), KNOWN, [], POLICY, "s").weights
    overall = 65.5 / 301
    assert told["new"].mean == pytest.approx(overall)
    assert told["goal"].mean == pytest.approx((overall * 20 + 40) / 120)
    assert told["new"].high - told["new"].low > told["goal"].high - told["goal"].low
    for extreme in (0, 300):
        choose(ARMS, records(pieces=(extreme, 300)), [], POLICY, "s")


def test_a_sleeping_answer_is_never_chosen() -> None:
    chosen = {choose(("pieces", "pause"), KNOWN, [], POLICY, f"{n}").playbook for n in range(300)}
    assert "pieces" in chosen and "goal" not in chosen


@pytest.mark.parametrize(("days", "penalty"), [(0, 0.5), (15, 0.375), (30, 0.25), (60, 0.0), (400, 0.0)])
def test_what_a_learner_had_lately_counts_less_and_recovers(days: float, penalty: float) -> None:
    told = choose(ARMS, KNOWN, [("goal", days), ("goal", 500)], POLICY, "s").weights
    assert told["goal"].penalty == pytest.approx(penalty)
    assert told["pieces"].penalty == 0.0


def test_one_learner_is_not_told_the_same_again() -> None:
    alike = records(pieces=(60, 200), goal=(66, 200), pause=(62, 200))
    repeats = 0
    for learner in range(200):
        chosen = [choose(ARMS, alike, [], POLICY, f"{learner}:0").playbook]
        chosen.append(choose(ARMS, alike, [(chosen[0], 7.0)], POLICY, f"{learner}:1").playbook)
        repeats += chosen[0] == chosen[1]
    assert repeats <= 4, "a third would be by chance"
    wary = msgspec.structs.replace(POLICY, recency_penalty=1.0)
    assert choose(ARMS, KNOWN, [("goal", 0.0)], wary, "s").weights["goal"].probability == 0.0


def test_nothing_to_choose_from_is_said() -> None:
    with pytest.raises(BadInput, match="no playbook"):
        choose((), KNOWN, [], POLICY, "s")


RATES = {"pieces": 0.20, "goal": 0.35, "pause": 0.10}


def run(seed: int, rounds: int, rates: list[dict[str, float]], half_life: float = float("inf")) -> list[Choice]:
    """Play `rounds`, ten a day, over each of `rates` in turn; who is saved is known at once."""
    luck = np.random.Generator(np.random.PCG64(seed))
    outcomes: list[tuple[str, bool, int]] = []
    choices = []
    known: list[PlaybookRecord] = []
    for number in range(rounds * len(rates)):
        day = number // 10
        if number % 10 == 0:
            past = [Outcome(name, "no_time", "core", saved, day - then) for name, saved, then in outcomes]
            known = records_of(past, half_life_days=half_life)
        choice = choose(ARMS, known, [], POLICY, f"{seed}:{number}")
        outcomes.append((choice.playbook, bool(luck.random() < rates[number // rounds][choice.playbook]), day))
        choices.append(choice)
    return choices


@pytest.mark.parametrize("seed", range(3))
def test_it_beats_a_fixed_choice(seed: int) -> None:
    choices = run(seed, 1000, [RATES])
    expected = np.mean([RATES[one.playbook] for one in choices])
    assert expected > RATES["pieces"] * 1.25, "the first by priority, for ever"
    late = Counter(one.playbook for one in choices[-300:])
    assert late["goal"] > 220


def test_with_a_half_life_it_recovers_when_rates_change() -> None:
    turned = {"pieces": 0.35, "goal": 0.15, "pause": 0.10}
    share: dict[str, list[float]] = defaultdict(list)
    for seed in range(2):
        late = Counter(one.playbook for one in run(seed, 900, [RATES, turned], half_life=20)[-300:])
        for name in ARMS:
            share[name].append(late[name] / 300)
    assert np.mean(share["pieces"]) > 0.6 and np.mean(share["goal"]) < 0.3


def test_records_fade_by_half_in_a_half_life() -> None:
    made = [Outcome("goal", "no_time", "core", saved, days) for saved, days in ((True, 0), (True, 30), (False, 60))]
    assert records_of(made, half_life_days=30) == [PlaybookRecord("goal", "no_time", "core", 1.5, 1.75)]
    assert records_of(made) == [PlaybookRecord("goal", "no_time", "core", 2.0, 3.0)]
