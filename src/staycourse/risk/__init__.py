"""Who is leaving and why: churn definition, tiers, rules, scores, reasons, causes."""

from staycourse.risk.assess import RISKS_SCHEMA, absent_days, assess, assess_with, days_since_start
from staycourse.risk.churn import CurvePoint, Proposal, churn_proposals, return_curve
from staycourse.risk.rules import FiredRules, evaluate
from staycourse.risk.tiers import value_tiers

__all__ = [
    "CurvePoint", "FiredRules", "Proposal", "RISKS_SCHEMA", "absent_days", "assess", "assess_with", "churn_proposals",
    "days_since_start", "evaluate", "return_curve", "value_tiers",
]  # fmt: skip
