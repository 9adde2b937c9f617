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
    """One run of a program: its tables, and what was computed so far."""

    tables: Mapping[str, Frame]
    memory: list[Any]


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
            run.memory.clear()


Value = Callable[[Run], Column]
Relation = Callable[[Run], Frame]
Reduction = Callable[[Run, Groups], Column]
