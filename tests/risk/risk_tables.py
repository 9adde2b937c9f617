"""Small tables of signals for the tests of this room: what is not given is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from staycourse.policy import Policy, load_policy
from staycourse.risk.scores import Scores
from staycourse.signals import SIGNALS_BY_NAME

AS_OF = date(2024, 3, 10)
NAMES = tuple(SIGNALS_BY_NAME)


def policy_of(text: str = "") -> Policy:
    """Return the default policy with `text` laid over it."""
    return load_policy(text, signals=SIGNALS_BY_NAME)


def signals_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return a signals table; a row may give learner, course, enrolled_on, course_day and any signal."""
    columns: dict[str, pa.Array] = {
        "learner": pa.array([row.get("learner", f"l{place}") for place, row in enumerate(rows)], pa.string()),
        "course": pa.array([row.get("course", "c") for row in rows], pa.string()),
        "enrolled_on": pa.array([row.get("enrolled_on", AS_OF - timedelta(days=60)) for row in rows], pa.date32()),
        "course_day": pa.array([row.get("course_day", 60) for row in rows], pa.int32()),
    }
    for name in NAMES:
        columns[name] = pa.array([row.get(name) for row in rows], pa.float64())
    return pa.table(columns)


def scores_of(rows: Sequence[Mapping[str, float]], risk: Sequence[float] | None = None) -> Scores:
    """Return scores over the whole catalogue from each row's contributions by signal."""
    contributions = np.zeros((len(rows), len(NAMES)))
    for place, row in enumerate(rows):
        for name, amount in row.items():
            contributions[place, NAMES.index(name)] = amount
    probability = np.array(risk if risk is not None else [0.5] * len(rows), dtype=np.float64)
    return Scores(probability, contributions.sum(axis=1), contributions, 0.0, NAMES, "scorecard")
