"""Learning a model from many as-of days whose outcomes are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from staycourse.kernel import NotEnoughData, worded
from staycourse.policy import Policy
from staycourse.risk.calibration import LEFT_LATELY, Calibration, fit_calibration
from staycourse.risk.history import Frame
from staycourse.risk.lessons import FOLDS, Lessons, gather
from staycourse.risk.levels import levels
from staycourse.risk.metrics import Flags, auc, average_precision, brier, calibration_error
from staycourse.risk.model import LightGBMModel, ModelCard, settings_of
from staycourse.risk.scores import Floats, logistic
from staycourse.signals import CATALOGUE

NOT_LEARNED_FROM: frozenset[str] = frozenset({"study_load", LEFT_LATELY})
"""Signals that would tell one course from another rather than one learner from another."""

LEAVES_BY_COURSE: frozenset[str] = frozenset({"withdrawal"})
"""The labels whose calibration has a third number, of how many left the course of late: see decision 7."""


def train(frames: Iterable[Frame], policy: Policy, *, known_by: date) -> LightGBMModel:
    """Learn the policy's model from `frames`, whose outcomes were known by the end of `known_by`.

    NotEnoughData where fewer than the policy's `minimum_outcomes` enrolments left, or stayed. The same
    frames give the same model.
    """
    names = tuple(signal.name for signal in CATALOGUE if signal.name not in NOT_LEARNED_FROM)
    lessons = gather(frames, (*names, LEFT_LATELY))
    _require(lessons, policy)
    told = [place for place in _telling(lessons) if place < len(names)]
    matrix = np.ascontiguousarray(lessons.matrix[:, told])
    unseen = _out_of_fold(matrix, lessons, policy)
    share = lessons.matrix[:, -1].astype(np.float64) if policy.churn.label in LEAVES_BY_COURSE else None
    calibration = fit_calibration(unseen, lessons.outcome, lessons.weight, share)
    trees = str(_fit(matrix, lessons, policy, slice(None)).model_to_string())
    signals = tuple(names[place] for place in told)
    seal = hashlib.sha256(f"{trees}{signals}{calibration}{policy.churn}".encode()).hexdigest()[:12]
    name = f"{known_by:%Y%m%d}-{seal}"
    return LightGBMModel(
        trees,
        ModelCard(
            model=name,
            known_by=known_by,
            signals=signals,
            **_learned_from(lessons),
            **_metrics(lessons.outcome, calibration(unseen, share), calibration),
            **_asked(policy),
        ),
    )


def parameters(policy: Policy, rows: int, positives: int) -> dict[str, Any]:
    """Return LightGBM's settings: shallow, slow and held back, since those who leave are few and courses differ.

    Each tree sees 70 % of the rows and 40 % of the signals, so that no signal is leaned on alone.
    """
    least = max(10, min(200, positives // 10))
    return {
        "objective": "binary", "num_threads": _threads(rows), "verbosity": -1, "seed": policy.model.seed,
        "deterministic": True, "force_row_wise": True, "max_bin": 63, "feature_pre_filter": False,
        "max_depth": policy.model.depth, "num_leaves": 2**policy.model.depth,
        "learning_rate": policy.model.learning_rate, "min_data_in_leaf": min(least, max(1, rows // 20)),
        "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.4, "lambda_l2": 10.0,
    }  # fmt: skip


def _threads(rows: int) -> int:
    """Return one thread for few rows: meeting at every split, two wait for each other longer than they work."""
    return 1 if rows < 50_000 else 2


def _require(lessons: Lessons, policy: Policy) -> None:
    least = policy.model.minimum_outcomes
    if lessons.left < least or lessons.stayed < least:
        raise NotEnoughData(
            worded(
                "{left} enrolments left and {stayed} stayed over {count} past days; {least} of each are needed",
                left=lessons.left,
                stayed=lessons.stayed,
                count=len(lessons.as_of_days),
                least=least,
            ),
            where="model",
            mend="wait for more history or import it; until then the scorecard is used",
        )


def _telling(lessons: Lessons) -> list[int]:
    """Return the places of the signals that are known of someone and not the same of everyone."""
    told = []
    for place in range(lessons.matrix.shape[1]):
        column = lessons.matrix[:, place]
        known = column[~np.isnan(column)]
        if len(known) and (len(known) < len(column) or known.min() != known.max()):
            told.append(place)
    return told


def _fit(matrix: Any, lessons: Lessons, policy: Policy, rows: Flags | slice) -> Any:
    """Return the trees learned from `rows`; those of withdrawal start from the levels of course and day.

    Where a score is asked for the level is not known: calibration puts the usual one in its place. Silence grows as a
    course runs, and what learners did tells how long it has run: a level would take that away, so that the first weeks
    were told too much.
    """
    import lightgbm  # takes seconds to load: only who trains pays for it

    outcome = lessons.outcome[rows]
    settings = parameters(policy, len(outcome), int(outcome.sum()))
    data = lightgbm.Dataset(
        matrix[rows], outcome.astype(np.float32), weight=lessons.weight[rows], params=settings, free_raw_data=True,
        init_score=levels(outcome, lessons.group[rows]) if policy.churn.label == "withdrawal" else None,
    )  # fmt: skip
    return lightgbm.train(settings, data, num_boost_round=policy.model.rounds)


def _out_of_fold(matrix: Any, lessons: Lessons, policy: Policy) -> Floats:
    """Return each row's log-odds by trees that had not seen its fold."""
    margin = np.zeros(len(lessons.outcome))
    for fold in range(FOLDS):
        held = lessons.fold == fold
        if not held.any() or held.all():
            continue
        booster = _fit(matrix, lessons, policy, ~held)
        margin[held] = booster.predict(matrix[held], raw_score=True, num_threads=_threads(len(matrix)))
    return margin


def _learned_from(lessons: Lessons) -> dict[str, Any]:
    return {
        "as_of_days": lessons.as_of_days, "rows": len(lessons.outcome), "positives": int(lessons.outcome.sum()),
        "learners_left": lessons.left, "folds_by": lessons.folds_by,
        "versions": {name: version(name) for name in ("lightgbm", "numpy")},
    }  # fmt: skip


def _metrics(outcome: Flags, unseen: Floats, calibration: Calibration) -> dict[str, Any]:
    probability = logistic(unseen)
    return {
        "auc": auc(outcome, probability), "average_precision": average_precision(outcome, probability),
        "brier": brier(outcome, probability), "ece": calibration_error(outcome, probability),
        "ece_equal_mass": calibration_error(outcome, probability, of="mass"),
        "calibration_slope": calibration.slope, "calibration_intercept": calibration.intercept,
        "calibration_left": calibration.left, "calibration_usual": calibration.usual,
    }  # fmt: skip


def _asked(policy: Policy) -> dict[str, Any]:
    return {
        "label": policy.churn.label, "horizon_days": policy.churn.horizon_days, "settings": settings_of(policy),
        "policy_version": policy.version,
    }  # fmt: skip
