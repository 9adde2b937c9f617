"""The alert budget: of those who need care, the most pressing ones that the day has room for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def within_budget(
    found: pa.Table,
    per_day: int | Literal["unlimited"],
    *,
    already: Collection[tuple[str, str]] = (),
    days: int = 1,
) -> pa.Table:
    """Return the rows of `found` (CANDIDATES_SCHEMA, most pressing first) that a budget of `per_day` lets through.

    A row whose learner and cause are `already` open costs nothing and stays. Immediate rows always stay and count
    first; the others follow in order until `per_day` × `days` new ones are through. The same rows give the same
    answer, since candidates stand in one stated order.
    """
    if per_day == "unlimited":
        return found
    immediate = np.asarray(pc.equal(found["trigger"], "immediate"), dtype=np.bool_)
    known = set(already)
    pairs = zip(found["learner"].to_pylist(), found["cause"].to_pylist(), strict=True) if known else ()
    standing = np.fromiter((pair in known for pair in pairs), dtype=np.bool_) if known else np.zeros_like(immediate)
    room = max(0, per_day * days - int((immediate & ~standing).sum()))
    asking = ~immediate & ~standing
    through = asking & (np.cumsum(asking) <= room)
    return found.filter(pa.array(immediate | standing | through))
