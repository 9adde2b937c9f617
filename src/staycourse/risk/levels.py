"""How often people left a course as of a day: the level from which trees start, so that they learn only what tells the
learners of one course and day apart.

A course in which many leave for a reason that no signal shows would otherwise be told by whatever its learners have in
common, and a course that has that next year would be taken for it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staycourse.risk.metrics import Flags
from staycourse.risk.scores import Floats

USUAL_ROWS = 400
"""A level is drawn towards the usual one as if so many more rows had left as often as is usual."""


def levels(outcome: Flags, group: npt.NDArray[np.int64]) -> Floats:
    """Return the log-odds of leaving among each row's `group`, drawn towards those of all rows."""
    usual = min(max(float(outcome.mean()), 1e-6), 1 - 1e-6)
    seen, left = np.bincount(group), np.bincount(group, weights=outcome.astype(np.float64))
    share = (left + USUAL_ROWS * usual) / (seen + USUAL_ROWS)
    return np.asarray(np.log(share / (1 - share))[group], dtype=np.float64)
