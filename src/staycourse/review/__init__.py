"""Did it work: back-tests of a policy on past days."""

from staycourse.review.backtest import BacktestPlan, backtest
from staycourse.review.report import AlertQuality, BacktestReport, ScorecardWeights, WeekQuality

__all__ = ["AlertQuality", "BacktestPlan", "BacktestReport", "ScorecardWeights", "WeekQuality", "backtest"]
