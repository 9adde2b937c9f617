"""Did it work: how alerts ended, the uplift of what was done, back-tests of a policy on past days."""

from staycourse.review.arms import Bounds, Counts, Stratum, Sums
from staycourse.review.backtest import BacktestPlan, backtest
from staycourse.review.endings import EndingTally, Leaver, tally_endings
from staycourse.review.evidence import Evidence, EvidenceRules, strata_of, weigh
from staycourse.review.evidence_words import (
    detectable_sentence,
    evidence_sentences,
    guard_sentence,
    verdict_sentence,
)
from staycourse.review.experiments import SAMPLE_RATIO_P, Detectable, detectable, sample_ratio
from staycourse.review.guardrails import GuardRail, guard_rail
from staycourse.review.outcomes import AlertFacts, Ended, judge
from staycourse.review.report import AlertQuality, BacktestReport, ScorecardWeights, WeekQuality
from staycourse.review.uplift import Uplift, uplift

__all__ = [
    "AlertFacts", "AlertQuality", "BacktestPlan", "BacktestReport", "Bounds", "Counts", "Detectable", "Ended",
    "EndingTally", "Evidence", "EvidenceRules", "GuardRail", "Leaver", "SAMPLE_RATIO_P", "ScorecardWeights",
    "Stratum", "Sums", "Uplift", "WeekQuality", "backtest", "detectable", "detectable_sentence", "evidence_sentences",
    "guard_rail", "guard_sentence", "judge", "sample_ratio", "strata_of", "tally_endings", "uplift",
    "verdict_sentence", "weigh",
]  # fmt: skip
