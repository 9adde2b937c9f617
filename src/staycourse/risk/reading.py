"""Which signals a risk rests on: between the nights nothing else is computed."""

from __future__ import annotations

from staycourse.policy import Policy
from staycourse.risk.scores import Scorer
from staycourse.signals import SIGNALS_BY_NAME


def signals_read(scorer: Scorer, policy: Policy) -> frozenset[str]:
    """Return the signals that `assess_with` reads where the tiers are known: by score, by rule, and for silence."""
    ruled = {condition.signal for rule in policy.rules for condition in rule.when}
    return frozenset({*scorer.signals, *ruled, "days_absent"} & SIGNALS_BY_NAME.keys())
