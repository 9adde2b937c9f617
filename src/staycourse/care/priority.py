"""How pressing an alert is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def priority(risk: Numbers, value: Numbers, value_floor: float) -> Numbers:
    """Return risk × (value_floor + (1 - value_floor) × value): the value at risk, from 0 to 1.

    `risk` is a probability, `value` the learner's worth from 0 to 1. The floor keeps the learner of least worth from
    vanishing: a risk of 0.9 at no value stands beside a risk of 0.18 at full value when the floor is 0.2.
    """
    return np.asarray(risk * (value_floor + (1.0 - value_floor) * value), dtype=np.float64)
