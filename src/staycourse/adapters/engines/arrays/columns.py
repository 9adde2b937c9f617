"""Columns of values that may be unknown, in memory: what the small evaluator works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """`values`, of which those where `valid` is not set are null; all are known where it is None.

    Of no dimension it is one value for every row. `zeroed` says that what stands under a null is 0, and `nothing` that
    all of it is null, so that nobody need look: the most of what is counted is of nobody in hand. `at` are the
    places of all that are known, where somebody found them and they are few.
    """

    values: Array
    valid: Flags | None = None
    zeroed: bool = False
    nothing: bool = False
    at: Array | None = None

    def take(self, rows: Array) -> Column:
        """Return the values at `rows`."""
        if not self.values.ndim:
            return self
        valid = None if self.valid is None else self.valid[rows]
        return Column(self.values[rows], valid, self.zeroed)

    def take_or_null(self, rows: Array) -> Column:
        """Return the values at `rows`, null where that is negative."""
        if self.nothing:
            return self
        there = rows >= 0
        if there.all():
            return self.take(rows)
        if not self.values.ndim:
            values = np.where(there, self.values, np.zeros((), self.values.dtype))
            return Column(values, there if self.valid is None else there & self.valid)
        if not len(self.values):
            return Column(np.zeros(len(rows), self.values.dtype), np.zeros(len(rows), np.bool_), True)
        found = self.values[rows]  # what stands under a null is some other row's
        return Column(found, there if self.valid is None else there & self.valid[rows])

    def spread(self, rows: int) -> Column:
        """Return one value for each of `rows`."""
        if self.values.ndim:
            return self
        valid = None if self.valid is None else np.broadcast_to(self.valid, (rows,))
        return Column(np.broadcast_to(self.values, (rows,)), valid, self.zeroed)

    def settled(self) -> Column:
        """Return it so that one value for every row is either known or nothing."""
        if self.values.ndim or self.valid is None or self.nothing:
            return self
        return Column(self.values) if self.valid else nothing_of(self.values.dtype)

    def known(self) -> Flags:
        """Return where it is known, as one flag for each value."""
        return np.ones(self.values.shape, np.bool_) if self.valid is None else self.valid

    def holds(self) -> Flags:
        """Return where a truth value is known and true."""
        truth: Flags = self.values if self.valid is None else self.values & self.valid
        return truth


class Scattered(Column):
    """A column of `rows`, of which those `at` (in ascending order) are known and are `held`: spread out when somebody
    asks for it, since most of what is counted is of few rows.
    """

    at: Array
    rows: int
    held: Array
    kind: npt.DTypeLike

    def __init__(self, rows: int, at: Array, held: Array, kind: npt.DTypeLike = np.float64) -> None:
        given = {"zeroed": True, "nothing": False, "at": at, "rows": rows, "held": held, "kind": kind}
        for name, value in given.items():
            object.__setattr__(self, name, value)  # as its own __init__ does: Column is frozen

    def spread(self, rows: int) -> Column:
        """See Column."""
        return self

    def settled(self) -> Column:
        """See Column."""
        return self

    @cached_property
    def values(self) -> Array:  # a field of Column, made when it is asked for
        """Return a value for each row, 0 where it is not known."""
        values = np.zeros(self.rows, self.kind)
        values[self.at] = self.held
        return values

    @cached_property
    def valid(self) -> Flags:
        """Return which rows are known."""
        valid = np.zeros(self.rows, np.bool_)
        valid[self.at] = True
        return valid


def nothing_of(kind: npt.DTypeLike) -> Column:
    """Return null for every row."""
    return Column(np.zeros((), kind), np.zeros((), np.bool_), True, True)


def joined(columns: Sequence[Column]) -> Column:
    """Return the values of several columns below each other."""
    values = np.concatenate([column.values for column in columns])
    if all(column.valid is None for column in columns):
        return Column(values)
    return Column(values, np.concatenate([column.known() for column in columns]))


class Frame:
    """Rows of named columns, each made when it is asked for."""

    def __init__(self, rows: int, make: Callable[[str], Column]) -> None:
        self.rows = rows
        self.column = make

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Frame:
        """Return the frame of columns of one length."""
        rows = len(next(iter(columns.values())).values) if columns else 0
        return cls(rows, columns.__getitem__)
