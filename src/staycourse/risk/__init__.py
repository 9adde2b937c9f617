"""Who is leaving and why: the churn definition, value tiers, rules, scores, exact reasons, causes."""

from staycourse.risk.assess import RISKS_SCHEMA, absent_days, assess, assess_with, days_since_start, is_of_course
from staycourse.risk.calibration import Calibration, fit_calibration
from staycourse.risk.causes import cause_of_signal
from staycourse.risk.churn import CurvePoint, Proposal, churn_proposals, return_curve
from staycourse.risk.history import Frame, as_of_days, frames_on, training_frames
from staycourse.risk.metrics import auc, average_precision, brier, calibration_error
from staycourse.risk.model import LightGBMModel, ModelCard, load_model
from staycourse.risk.parts import PartScorer, assess_scored
from staycourse.risk.reading import signals_read
from staycourse.risk.rules import FiredRules, evaluate, meets, numbers
from staycourse.risk.scorecard import Scorecard
from staycourse.risk.scores import Scorer, Scores
from staycourse.risk.tiers import KnownTiers, LearnerTiers, TierBoundary, learners_table, tiers_known, value_tiers
from staycourse.risk.training import train

__all__ = [
    "Calibration", "CurvePoint", "FiredRules", "Frame", "KnownTiers", "LearnerTiers", "LightGBMModel", "ModelCard",
    "PartScorer", "Proposal", "RISKS_SCHEMA", "Scorecard", "Scorer", "Scores", "TierBoundary", "absent_days",
    "as_of_days", "assess", "assess_scored", "assess_with", "auc", "average_precision", "brier", "calibration_error",
    "cause_of_signal", "churn_proposals", "days_since_start", "evaluate", "fit_calibration", "frames_on",
    "is_of_course", "learners_table", "load_model", "meets", "numbers", "return_curve", "signals_read", "tiers_known",
    "train", "training_frames", "value_tiers",
]  # fmt: skip
