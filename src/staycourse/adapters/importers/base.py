"""What every importer is: one shape, so that one driver appends, remembers the position and resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from staycourse.adapters.importers.rejects import Rejects
from staycourse.events import Course, Event, Learner

CHUNK_ROWS = 50_000
"""The most events that one chunk carries: some tens of megabytes."""

Progress = Callable[[int, int | None], None]
"""Told after each chunk: rows done, and rows in all where that is known."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read. `now` bounds event times, `zone` is the tenant's, in which days without an hour are placed.

    `mapping` is the TOML file for foreign column names (formats events, learners, courses). `source` names where the
    events came from; empty lets the importer name itself.
    """

    now: datetime
    zone: ZoneInfo
    mapping: Path | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("the present instant needs a time zone")
        object.__setattr__(self, "now", self.now.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was read up to `position`: append it, then remember the position, and a resumed import goes on after it."""

    position: int
    events: Sequence[Event] = ()
    courses: Sequence[Course] = ()
    learners: Sequence[Learner] = ()


class Importer(Protocol):
    """Reads one foreign form. The same input gives the same chunks, with the same event ids, on every run."""

    @property
    def format(self) -> str:
        """The word for it on the command line."""
        ...

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        """Yield the chunks whose position is past `resume_after`, in order; positions rise strictly and begin above 0.

        Rows that cannot be used go to `rejects`; BadInput is raised where the input as a whole cannot be read.
        """
        ...
