"""The engine for few learners many times a second: the signals' expression as a program over arrays."""

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.peers import Standing, group_of
from staycourse.adapters.engines.arrays.program import Program, Run, as_arrow, columns_of, running
from staycourse.adapters.engines.arrays.rows import LiveRows, Names

__all__ = [
    "Array", "Column", "Frame", "LiveRows", "Names", "Program", "Run", "Standing", "as_arrow", "columns_of",
    "group_of", "running",
]  # fmt: skip
