"""Made-up lessons with a known truth, for the tests of models and scorecards."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from staycourse.policy import Policy, load_policy
from staycourse.risk import Frame
from staycourse.signals import SIGNALS_BY_NAME

FIRST = date(2024, 1, 7)
KNOWN_BY = date(2024, 6, 1)


def small_policy(**model: float) -> Policy:
    """Return the default policy with a small model."""
    wanted = {"rounds": 40, "minimum_outcomes": 20, **model}
    lines = "\n".join(f"{name} = {value}" for name, value in wanted.items())
    return load_policy(f"[model]\n{lines}\n", signals=SIGNALS_BY_NAME)


def frames(days: int = 6, learners: int = 400, courses: int = 8, seed: int = 3) -> list[Frame]:
    """Return lessons in which days absent raise the odds of leaving and the score lowers them; some values unknown."""
    draw = np.random.default_rng(seed)
    return [_frame(FIRST + timedelta(days=7 * day), learners, courses, draw) for day in range(days)]


def _frame(as_of: date, learners: int, courses: int, draw: np.random.Generator) -> Frame:
    values = {name: np.full(learners, np.nan) for name in SIGNALS_BY_NAME}
    values["days_absent"] = draw.integers(0, 30, learners).astype(float)
    values["activity_7d"] = draw.poisson(8, learners).astype(float)
    values["activity_30d"] = draw.poisson(30, learners).astype(float)
    values["assignments_missed_30d"] = draw.integers(0, 3, learners).astype(float)
    values["score_average"] = np.where(draw.random(learners) < 0.15, np.nan, draw.uniform(20, 100, learners))
    values["other_enrolments"] = np.zeros(learners)
    margin = -2.0 + 0.12 * values["days_absent"] - 0.02 * np.nan_to_num(values["score_average"], nan=60.0)
    margin += 0.5 * values["assignments_missed_30d"]
    outcome = draw.random(learners) < 1 / (1 + np.exp(-margin))
    table = {
        "learner": pa.array([f"l{number}" for number in range(learners)]),
        "course": pa.array([f"c{number % courses}" for number in range(learners)]),
        "enrolled_on": pa.array([as_of - timedelta(days=40)] * learners, pa.date32()),
        "course_day": pa.array([40] * learners, pa.int32()),
        **{name: pa.array(column, from_pandas=True) for name, column in values.items()},
    }
    return Frame(as_of, pa.table(table), outcome)
