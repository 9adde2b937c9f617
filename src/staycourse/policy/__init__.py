"""What the operator has decided: one TOML file, its records, its defaults, and errors that name line and field."""

from staycourse.policy.loader import DEFAULT_POLICY_TEXT, EXTRA_SIGNALS, load_policy
from staycourse.policy.records import (
    CATEGORIES,
    AlertPolicy,
    Category,
    CausePolicy,
    CausesPolicy,
    ChurnPolicy,
    Condition,
    ModelPolicy,
    Policy,
    RulePolicy,
    ScorecardItem,
    ScorecardPolicy,
    TierPolicy,
    TiersPolicy,
)

__all__ = [
    "AlertPolicy", "CATEGORIES", "Category", "CausePolicy", "CausesPolicy", "ChurnPolicy", "Condition",
    "DEFAULT_POLICY_TEXT", "EXTRA_SIGNALS", "ModelPolicy", "Policy", "RulePolicy", "ScorecardItem", "ScorecardPolicy",
    "TierPolicy", "TiersPolicy", "load_policy",
]  # fmt: skip
