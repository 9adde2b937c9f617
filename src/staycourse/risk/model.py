"""The trained model: shallow boosted trees, calibrated, with exact reasons; saved with what it was learned from."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from staycourse.kernel import StorageFault, as_wording, worded
from staycourse.policy import Policy
from staycourse.risk.calibration import LEFT_LATELY, Calibration
from staycourse.risk.explanation import ShapleyTables
from staycourse.risk.scores import Floats, Scores, added, logistic, matrix_of
from staycourse.signals import SIGNALS_BY_NAME

FORMAT = 2
FORMATS = (1, FORMAT)
"""What can be read: a model of format 1 has no third number of calibration."""

_TREES = "trees.txt"
_CARD = "card.json"


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was learned from, and how good it was on what it had not seen.

    `rows` and `positives` are of the lessons it was fitted on, `learners_left` the different enrolments that left.
    The metrics are out of fold: each row was scored by trees that had not seen its course (or, with few courses, its
    learner). `signals` are those that the trees ask; `calibration_left` and `calibration_usual` are of how many left
    the course of late.
    """

    format: int = FORMAT
    model: str
    known_by: date
    label: str
    horizon_days: int
    as_of_days: tuple[date, ...]
    rows: int
    positives: int
    learners_left: int
    signals: tuple[str, ...]
    folds_by: str
    auc: float | None
    average_precision: float | None
    brier: float | None
    ece: float | None
    ece_equal_mass: float | None
    calibration_slope: float
    calibration_intercept: float
    calibration_left: float = 0.0
    calibration_usual: float = 0.0
    settings: dict[str, int | float]
    policy_version: int
    versions: dict[str, str]


class LightGBMModel:
    """Gives the probability of leaving within the horizon, and each signal's exact share in it."""

    basis = "model"

    def __init__(self, trees: str, card: ModelCard) -> None:
        self._trees = trees
        self._card = card
        self._calibration = Calibration(
            card.calibration_slope, card.calibration_intercept, card.calibration_left, card.calibration_usual
        )
        self.signals = (*card.signals, LEFT_LATELY) if card.calibration_left else card.signals

    def __reduce__(self) -> tuple[type[LightGBMModel], tuple[str, ModelCard]]:
        """Sent elsewhere it is its trees and card: what is made of them is made anew there."""
        return LightGBMModel, (self._trees, self._card)

    @property
    def model_id(self) -> str:
        """The model's name, made from what it is: the same lessons give the same one."""
        return self._card.model

    @property
    def known_by(self) -> date:
        """The day by whose end every outcome it learned from was known."""
        return self._card.known_by

    def card(self) -> dict[str, Any]:
        """Return the card as plain values, days as ISO 8601 text."""
        plain: dict[str, Any] = msgspec.to_builtins(self._card)
        return plain

    def fits(self, policy: Policy) -> bool:
        """Say whether it answers this policy's question, learned as the policy asks, from signals that still exist."""
        return (
            self._card.label == policy.churn.label
            and self._card.horizon_days == policy.churn.horizon_days
            and self._card.settings == settings_of(policy)
            and all(name in SIGNALS_BY_NAME for name in self.signals)
        )

    def score(self, signals: pa.Table) -> Scores:
        """Return probability, log-odds and exact contributions of each row; a signal the table lacks is BadInput."""
        matrix = matrix_of(signals, self.signals)
        contributions = self._tables.contributions(matrix)
        contributions *= self._calibration.slope
        if self._card.calibration_left:
            contributions[:, -1] = self._calibration.of_course(matrix[:, -1])
        base = self._calibration.slope * self._tables.expected + self._calibration.intercept
        margin = base + added(contributions, np.ones((len(self.signals), 1)))[:, 0]
        return Scores(logistic(margin), margin, contributions, base, self.signals, self.basis)

    def margin_by_lightgbm(self, matrix: Floats) -> Floats:
        """Return the uncalibrated log-odds as LightGBM itself computes them of `signals`: the yardstick of `score`."""
        asked = matrix[:, : len(self._card.signals)]
        return np.asarray(self.booster.predict(asked, raw_score=True, num_threads=1), dtype=np.float64)

    @cached_property
    def booster(self) -> Any:
        """LightGBM's own form of the trees, read when first asked for."""
        import lightgbm  # takes seconds to load, and most of what staycourse does needs no model

        return lightgbm.Booster(model_str=self._trees)

    @cached_property
    def _tables(self) -> ShapleyTables:
        return ShapleyTables(self.booster.dump_model()["tree_info"], len(self.signals))

    def save(self, folder: Path) -> None:
        """Write the model as `folder`, whole or not at all; what stood there before is replaced."""
        folder = Path(folder)
        fresh = folder.with_name(f".{folder.name}.new")
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            _write(fresh / _TREES, self._trees)
            _write(fresh / _CARD, json.dumps(self.card(), indent=1))
            _replace(fresh, folder)
        except OSError as error:
            raise StorageFault(
                worded("the model cannot be written: {why}", why=as_wording(error.strerror)),
                where=str(folder),
                mend="check space and permissions",
            ) from None


def load_model(folder: Path) -> LightGBMModel:
    """Read the model that `save` wrote to `folder`; StorageFault if it is missing, damaged or of a later format."""
    folder = Path(folder)
    try:
        trees = (folder / _TREES).read_text(encoding="utf-8")
        card = msgspec.json.decode((folder / _CARD).read_bytes(), type=ModelCard)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise StorageFault("the model cannot be read", where=str(folder), mend="run nightly to learn anew") from error
    if card.format not in FORMATS:
        raise StorageFault(
            worded("the model is of format {format}, this version reads {known}", format=card.format, known=FORMAT),
            where=str(folder),
            mend="run nightly to learn anew",
        )
    return LightGBMModel(trees, card)


def settings_of(policy: Policy) -> dict[str, int | float]:
    """Return what of the policy shapes the trees: a model of other settings is not the one asked for."""
    model = policy.model
    return {
        "depth": model.depth, "rounds": model.rounds, "learning_rate": model.learning_rate, "seed": model.seed,
        "as_of_every_days": model.as_of_every_days, "history_days": model.history_days,
    }  # fmt: skip


def _write(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _replace(fresh: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
