"""One run of a program: what it goes over, and what it has computed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from staycourse.adapters.engines.arrays.columns import Column, Frame
from staycourse.adapters.engines.arrays.groups import Groups


@dataclass(slots=True)
class Run:
    """One run of a program: its tables, and what was computed so far.

    `asks` says of each computation how often any run has asked for it, and `left` how often this one still may: then
    it is let go of, so that what comes next takes its place while that is near the processor. Asked once more all the
    same it is computed anew.
    """

    tables: Mapping[str, Frame]
    memory: list[Any]
    asks: list[int]
    left: list[int]

    @classmethod
    def over(cls, tables: Mapping[str, Frame], asks: list[int]) -> Run:
        """Begin a run; `asks` are kept by the program and grow with what its runs ask."""
        return cls(tables, [None] * len(asks), asks, asks.copy())

    def end(self) -> None:
        """Let go of all that was computed."""
        self.memory.clear()
        if min(self.left, default=0) < 0:
            self.asks[:] = [known - min(left, 0) for known, left in zip(self.asks, self.left, strict=True)]


@contextmanager
def running() -> Iterator[list[Run]]:
    """Give a list for runs, whose frames make columns until the block ends; then all that was computed is let go of.

    A run and its frames hold each other: without this, Python's collector alone would find them, many runs later and in
    the middle of one.
    """
    runs: list[Run] = []
    try:
        yield runs
    finally:
        for run in runs:
            run.end()


Value = Callable[[Run], Column]
Relation = Callable[[Run], Frame]
Reduction = Callable[[Run, Groups], Column]
