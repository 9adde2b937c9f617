"""Thresholds, over a whole table at once: which conditions hold, which rules fired."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.kernel import BadInput, worded
from staycourse.policy import Condition, RulePolicy, TiersPolicy

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

_OPERATORS: dict[str, Callable[[Numbers, Numbers | float], Flags]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FiredRules:
    """Which rule fired for which row: `fired[row, place]` of the rule `rules[place]`."""

    rules: tuple[RulePolicy, ...]
    fired: Flags

    def names(self) -> pa.Array:
        """Return each row's rules that fired, as a list of their ids in the policy's order."""
        offsets = np.concatenate(([0], np.cumsum(self.fired.sum(axis=1)))).astype(np.int32)
        places = np.nonzero(self.fired)[1].astype(np.int32)
        ids = pa.array([rule.id for rule in self.rules], pa.string())
        return pa.ListArray.from_arrays(pa.array(offsets), ids.take(pa.array(places)))


def numbers(table: pa.Table, column: str) -> Numbers:
    """Return `column` as float64 with NaN where it is unknown; BadInput if the table lacks it."""
    place = table.schema.get_field_index(column)  # to list all names for each column takes longer than to read it
    if place < 0:
        raise BadInput(
            worded("the signals lack {column!r}", column=column[:80]),
            where="signals table",
            mend="run the nightly path again",
        )
    values = table.column(place)
    if not pa.types.is_float64(values.type):
        values = pc.cast(values, pa.float64())
    return np.asarray(values.to_numpy(), dtype=np.float64)  # null becomes NaN


def meets(values: Numbers, op: str, at: Numbers | float) -> Flags:
    """Say where `values` `op` `at` holds; an unknown value (NaN) never does."""
    return _OPERATORS[op](values, at) & ~np.isnan(values)


def evaluate(signals: pa.Table, rules: Sequence[RulePolicy], tiers: TiersPolicy, core: Flags) -> FiredRules:
    """Evaluate `rules` for every row of `signals`; `core` says which rows are core learners'."""
    columns: dict[str, Numbers] = {}
    fired = np.zeros((signals.num_rows, len(rules)), dtype=np.bool_)
    for place, rule in enumerate(rules):
        holds = _of_tiers(rule, core)
        for condition in rule.when:
            if condition.signal not in columns:
                columns[condition.signal] = numbers(signals, condition.signal)
            holds &= meets(columns[condition.signal], condition.op, threshold(condition, tiers, core))
        fired[:, place] = holds
    return FiredRules(tuple(rules), fired)


def threshold(condition: Condition, tiers: TiersPolicy, core: Flags) -> Numbers | float:
    """Return the number that `condition` compares with: one for all, or each row's by its tier."""
    if condition.at is not None:
        return condition.at
    return np.where(core, float(tiers.core.absent_days), float(tiers.regular.absent_days))


def _of_tiers(rule: RulePolicy, core: Flags) -> Flags:
    return np.where(core, "core" in rule.tiers, "regular" in rule.tiers).astype(np.bool_)
