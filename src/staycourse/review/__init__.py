"""Did it work: how alerts ended, the uplift of what was done, back-tests of a policy on past days."""

# isort: off
from staycourse.review.arms import Bounds, Counts, Stratum, Sums
from staycourse.review.backtest import BacktestPlan, backtest
from staycourse.review.budget import BudgetAsked, BudgetFit, fit_budget
from staycourse.review.changes import PolicyChange, policy_changes
from staycourse.review.compared import (
    Seen, guard_rails, seen_of_alerts, seen_of_endings, seen_of_entries, strata_by_tier,
)  # fmt: skip
from staycourse.review.counted import (
    TIERS, EndingCount, First, LeaverCount, UnwantedCount, counts_of, first_of,
)  # fmt: skip
from staycourse.review.endings import EndingTally, Leaver, tally_endings
from staycourse.review.entries import EntryCount, EntryEnded, EntryFacts, judge_entries
from staycourse.review.evidence import Evidence, EvidenceRules, strata_of, weigh
from staycourse.review.experiments import SAMPLE_RATIO_P, Detectable, detectable, sample_ratio
from staycourse.review.guardrails import guard_rail
from staycourse.review.outcomes import AlertFacts, Ended, judge
from staycourse.review.past import OnPast, Past, last_known_day, past_of, untold
from staycourse.review.policy_backtest import PolicyBacktest, PolicyPlan, policy_backtest
from staycourse.review.proposals import ProposalReport, propose
from staycourse.review.report import BacktestReport
from staycourse.review.uplift import Uplift, uplift

__all__ = [
    "AlertFacts", "BacktestPlan", "BacktestReport", "Bounds", "BudgetAsked", "BudgetFit", "Counts", "Detectable",
    "Ended", "EndingCount", "EndingTally", "EntryCount", "EntryEnded", "EntryFacts", "Evidence", "EvidenceRules",
    "First", "Leaver", "LeaverCount", "OnPast", "Past", "PolicyBacktest", "PolicyChange", "PolicyPlan",
    "ProposalReport", "SAMPLE_RATIO_P", "Seen", "Stratum", "Sums", "TIERS", "UnwantedCount", "Uplift", "backtest",
    "counts_of", "detectable", "first_of", "fit_budget", "guard_rail", "guard_rails", "judge", "judge_entries",
    "last_known_day", "past_of", "policy_backtest", "policy_changes", "propose", "sample_ratio", "seen_of_alerts",
    "seen_of_endings", "seen_of_entries", "strata_by_tier", "strata_of", "tally_endings", "untold", "uplift",
    "weigh",
]  # fmt: skip
