"""Who is leaving and why: the churn definition, value tiers, rules, scores, exact reasons, causes."""

from staycourse.risk.assess import RISKS_SCHEMA, absent_days, assess, assess_with, days_since_start
from staycourse.risk.causes import cause_of_signal
from staycourse.risk.churn import CurvePoint, Proposal, churn_proposals, return_curve
from staycourse.risk.history import Frame, as_of_days, frames_on, training_frames
from staycourse.risk.rules import FiredRules, evaluate, meets, numbers
from staycourse.risk.tiers import LearnerTiers, TierBoundary, learners_table, value_tiers

__all__ = [
    "CurvePoint", "FiredRules", "Frame", "LearnerTiers", "Proposal", "RISKS_SCHEMA", "TierBoundary",
    "absent_days", "as_of_days", "assess", "assess_with", "cause_of_signal", "churn_proposals",
    "days_since_start", "evaluate", "frames_on", "learners_table", "meets", "numbers", "return_curve",
    "training_frames", "value_tiers",
]  # fmt: skip
