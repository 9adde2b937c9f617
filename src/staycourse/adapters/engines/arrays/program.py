"""An Ibis expression as a program over arrays in memory: the same definition, without a query to plan each time.

Planning the signals' hundred wide columns costs a database some tenth of a second, however few learners are asked
about; gathering and joining them for everyone costs it twice what NumPy takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.arrays.columns import Array, Column, Flags, Frame
from staycourse.adapters.engines.arrays.compiler import Compiler
from staycourse.adapters.engines.arrays.run import Run


class Program:
    """Computes the rows of `expression`. `code` gives the number that stands for a text in columns of texts."""

    def __init__(self, expression: ir.Table, code: Callable[[str], int]) -> None:
        compiler = Compiler(code)
        self.names: tuple[str, ...] = tuple(expression.columns)
        self._whole = compiler.relation(expression.op())
        self._asks = [0] * compiler.slots

    def run(self, tables: Mapping[str, Frame], runs: list[Run]) -> Frame:
        """Return the rows, given the tables that the expression names; add the run to `runs` (see `running`)."""
        runs.append(Run.over(tables, self._asks))
        return self._whole(runs[-1])


def as_arrow(column: Column, kind: Any) -> pa.Array:
    """Return a column as an array of Arrow's, of a type of NumPy's."""
    return _told(column.values.astype(kind, copy=False), column.valid)


def kept(rows: Frame, names: Sequence[str]) -> dict[str, pa.Array]:
    """Return columns of `rows` as arrays of float64 of Arrow's that hold nothing else.

    A column may be a view of a larger one, which it would keep: then it is copied. What is 0 or nothing for everyone
    takes no room: of most counters a platform tells nothing.
    """
    zeros, told = np.zeros(rows.rows), {}
    for name in names:  # one by one, so that each is let go of before the next is made
        column = rows.column(name)
        own = column.values
        if not own.ndim and not own:
            own = zeros
        elif not own.ndim or own.base is not None or own.dtype != np.float64:
            own = np.empty(rows.rows)
            own[:] = column.values
        told[name] = _told(own, column.valid)
    return told


def _told(values: Array, valid: Flags | None) -> pa.Array:
    """Return what is known of `values`; asked to do so with a mask, Arrow takes a hundred times as long."""
    bits = None
    if valid is not None:
        bits = pa.py_buffer(np.packbits(np.broadcast_to(valid, values.shape), bitorder="little"))
    return pa.Array.from_buffers(
        pa.from_numpy_dtype(values.dtype), len(values), [bits, pa.py_buffer(np.ascontiguousarray(values))]
    )


def columns_of(table: pa.Table, names: Sequence[str]) -> dict[str, Column]:
    """Return columns of numbers of `table`, nulls as 0 that is not valid."""
    found: dict[str, Column] = {}
    for name in names:
        column = table[name].combine_chunks()
        if column.null_count:
            found[name] = Column(pc.fill_null(column, 0).to_numpy(), np.asarray(pc.is_valid(column)), True)
        else:
            found[name] = Column(column.to_numpy(zero_copy_only=False))
    return found
