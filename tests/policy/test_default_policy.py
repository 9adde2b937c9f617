"""The policy that ships: the domain's tables, every name of which means something."""

from __future__ import annotations

import pytest

from staycourse.kernel import LANGUAGES, translator
from staycourse.policy import CATEGORIES, Policy, default_policy_text, load_policy
from staycourse.risk import cause_of_signal
from staycourse.signals import SIGNALS_BY_NAME

CAUSES = ("too_hard", "not_gripping", "price", "no_time", "alone", "unhappy", "class_quality", "just_starting")
DIFFERS_FROM_CATALOGUE = {"lessons_skipped_30d": "too_hard"}
"""The domain lists skipped lessons under too hard / too easy; the catalogue hints that the content does not grip."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The default, checked against the real catalogue: every signal that it names exists."""
    return load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)


def test_the_numbers_are_those_of_the_domain(policy: Policy) -> None:
    assert policy.tiers.core_share == 0.20
    assert (policy.tiers.core.absent_days, policy.tiers.regular.absent_days) == (3, 7)
    assert policy.churn.horizon_days == 14
    assert policy.churn.shortest_days == 7
    assert policy.churn.longest_days == 30
    assert policy.model.depth <= 3
    assert policy.version == 0


def test_each_category_of_the_indicator_table_has_a_rule_and_a_line(policy: Policy) -> None:
    assert {rule.category for rule in policy.rules} == set(CATEGORIES)
    assert {item.category for item in policy.scorecard.items} == set(CATEGORIES)


def test_rules_and_lines_stand_under_the_category_of_a_signal_they_read(policy: Policy) -> None:
    for item in policy.scorecard.items:
        assert item.category == SIGNALS_BY_NAME[item.signal].category, item.signal
    for rule in policy.rules:
        read = {SIGNALS_BY_NAME[c.signal].category for c in rule.when if c.signal in SIGNALS_BY_NAME}
        assert rule.category in read or rule.id == "not_begun", rule.id


def test_completion_weighs_more_than_the_count_of_logins(policy: Policy) -> None:
    weight = {item.signal: item.weight for item in policy.scorecard.items}
    assert weight["completion_falling_2w"] > max(
        one.weight for one in policy.scorecard.items if one.category == "login"
    )


def test_every_line_of_the_scorecard_raises_the_risk_in_the_direction_of_its_signal(policy: Policy) -> None:
    for item in policy.scorecard.items:
        assert item.weight > 0
        up = item.op in (">=", ">")
        assert SIGNALS_BY_NAME[item.signal].direction == (1 if up else -1), item.signal


def test_refund_enquiries_and_complaints_alert_at_once(policy: Policy) -> None:
    assert {rule.id for rule in policy.rules if rule.immediate} == {"refund_asked", "complained"}


def test_the_eight_causes_and_the_unclear_one_are_there(policy: Policy) -> None:
    assert {cause.id for cause in policy.causes.list} == {*CAUSES, "unclear"}


def test_the_mapping_of_signals_to_causes_agrees_with_the_catalogue(policy: Policy) -> None:
    for name, signal in SIGNALS_BY_NAME.items():
        assert cause_of_signal(name, policy.causes) == DIFFERS_FROM_CATALOGUE.get(name, signal.cause), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_the_policy_names_has_words(policy: Policy, language: str) -> None:
    words = translator(language)
    keys = [f"cause.{cause.id}.{part}" for cause in policy.causes.list for part in ("name", "explain")]
    keys += [f"suggestion.{name}.name" for cause in policy.causes.list for name in (cause.first, cause.then)]
    keys += [f"rule.{rule.id}.name" for rule in policy.rules]
    keys += [f"category.{category}" for category in CATEGORIES]
    keys += ["tier.core", "tier.regular", "trigger.immediate", "trigger.rule", "trigger.risk"]
    assert [key for key in keys if not words.has(key)] == []
