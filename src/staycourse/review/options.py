"""What a policy could say otherwise, one thing at a time, and which values are worth a try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from staycourse.policy import EXTRA_SIGNALS, Condition, Policy, RulePolicy
from staycourse.review.patches import Edit

ABSENCES = (2, 3, 4, 5, 7, 10, 14)
RISKS = tuple(round(0.2 + step / 20, 2) for step in range(15))
RULED_RISKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FACTORS = (0.5, 0.75, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value and the edits that write it."""

    value: float | str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be said otherwise. `kind` names the message that tells of it; `today` is what it is now."""

    name: str
    kind: str
    today: float | str
    choices: tuple[Choice, ...]
    rule: str = ""
    tier: str = ""
    signal: str = ""


def options_of(policy: Policy) -> Iterator[Option]:
    """Yield what `policy` could say otherwise; immediate rules are left alone, since they are promises."""
    alerts = policy.alerts
    alone = [risk for risk in RISKS if risk >= alerts.minimum_risk_with_rule]
    ruled = [risk for risk in RULED_RISKS if risk <= alerts.minimum_risk]
    for name, today, values in (
        ("minimum_risk", alerts.minimum_risk, alone),
        ("minimum_risk_with_rule", alerts.minimum_risk_with_rule, ruled),
    ):
        yield _option(name, name, today, values, ("alerts", name))
    if any(condition.at_tier for rule in policy.rules for condition in rule.when):
        for tier in ("core", "regular"):
            days = [day for day in ABSENCES if day <= policy.churn.horizon_days]
            absent = policy.tiers.of(tier).absent_days
            yield _option(f"absent_days.{tier}", "absent_days", absent, days, ("tiers", tier, "absent_days"), tier=tier)
    for rule in policy.rules:
        if rule.alerts and not rule.immediate:
            yield from _of_rule(rule)


def _of_rule(rule: RulePolicy) -> Iterator[Option]:
    for place, condition in enumerate(rule.when):
        if condition.at is not None and condition.at != 0 and condition.signal not in EXTRA_SIGNALS:
            path = ("rules", rule.id, "when", place, "at")
            name = f"rule.{rule.id}.{condition.signal}"
            yield _option(name, "rule_threshold", condition.at, _around(condition), path, rule=rule.id,
                          signal=condition.signal)  # fmt: skip
    for tier in rule.tiers if len(rule.tiers) > 1 else ():
        others = [name for name in rule.tiers if name != tier]
        choice = Choice(others[0], (Edit(("rules", rule.id, "tiers"), others),))
        yield Option(f"rule.{rule.id}.not_{tier}", "rule_off", tier, (choice,), rule=rule.id, tier=tier)


def _around(condition: Condition) -> list[float]:
    """Return numbers around the condition's: the neighbours of a count, parts and multiples of a share."""
    at = condition.at or 0.0
    if at == int(at) and abs(at) >= 1:
        near = {at - 1, at + 1, at + 2, at * 2}
        return sorted(number for number in near if number * at > 0)
    return sorted(round(at * factor, 4) for factor in FACTORS)


def _option(
    name: str, kind: str, today: float, values: list[float] | list[int], path: tuple[str | int, ...], *,
    rule: str = "", tier: str = "", signal: str = "",
) -> Option:  # fmt: skip
    choices = tuple(Choice(value, (Edit(path, value),)) for value in values if value != today)
    return Option(name, kind, today, choices, rule, tier, signal)
