"""What a back-test tells. Serialised as it stands, these are the keys of `staycourse backtest --json`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AlertQuality:
    """How good one rule (or all alerts together) was, over enrolments that were not gone already on the as-of day.

    `fired` counts enrolments × as-of days. `precision` is the share of them that left, `recall` the share of those
    who left that it had fired for. `median_lead_days` is by how many days it came before the leaving: for silence,
    from its first firing in the silence to the day on which the silence reached the horizon; for withdrawal, at least
    this many, from its first firing to the last as-of day on which the learner was still enrolled.
    """

    fired: int
    precision: float | None
    recall: float | None
    median_lead_days: float | None


@dataclass(frozen=True, slots=True)
class WeekQuality:
    """One as-of day of the test: enrolments, those who left, the mean risk that was told, and the AUC."""

    as_of: date
    n: int
    positives: int
    mean_risk: float
    auc: float | None


@dataclass(frozen=True, slots=True)
class ScorecardWeights:
    """The scorecard's weights in log-odds by line (`signal op number`, and `intercept`): the policy's, and those
    learned from the training days on the same lines; None where there was too little to learn from.
    """

    weights_default: dict[str, float]
    weights_learned: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """How well the policy's risks would have told who leaves.

    `auc`, `average_precision`, `brier` and `ece` (expected calibration error) are over all test days together, None
    where they are not defined; `auc_not_gone` leaves out those whose silence had outlasted the horizon on the as-of
    day already. `basis` says what scored: a model, or the scorecard because there was too little to learn from.
    """

    train_until: date
    test_from: date
    test_to: date
    horizon_days: int
    label: str
    basis: str
    training_days: int
    training_rows: int
    n: int
    positives: int
    auc: float | None
    average_precision: float | None
    brier: float | None
    ece: float | None
    n_not_gone: int
    auc_not_gone: float | None
    rules: dict[str, AlertQuality]
    alerts: AlertQuality
    scorecard: ScorecardWeights
    by_week: tuple[WeekQuality, ...]
