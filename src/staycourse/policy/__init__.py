"""What the operator has decided: one TOML file, its records, its defaults, and errors that name line and field."""

from staycourse.policy.checks import Fault
from staycourse.policy.files import OperatorFile
from staycourse.policy.loader import EXTRA_SIGNALS, default_policy_text, load_policy
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
    "EXTRA_SIGNALS", "Fault", "ModelPolicy", "OperatorFile", "Policy", "RulePolicy", "ScorecardItem",
    "ScorecardPolicy", "TierPolicy", "TiersPolicy", "default_policy_text", "load_policy",
]  # fmt: skip
