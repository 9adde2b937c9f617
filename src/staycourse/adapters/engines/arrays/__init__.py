"""The engine for few learners many times a second: the signals' expression as a program over arrays."""

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.peers import Standing, group_of
from staycourse.adapters.engines.arrays.program import Program, Run, as_arrow, columns_of, running
from staycourse.adapters.engines.arrays.rolling import Events, events_of
from staycourse.adapters.engines.arrays.rows import LiveRows, Names
from staycourse.adapters.engines.arrays.seen import SEEN_KEYS, Gathered, SeenRows

__all__ = [
    "Array", "Column", "Events", "Frame", "Gathered", "LiveRows", "Names", "Program", "Run", "SEEN_KEYS", "SeenRows",
    "Standing", "as_arrow", "columns_of", "events_of", "group_of", "running",
]  # fmt: skip
