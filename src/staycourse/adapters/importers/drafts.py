"""Events in the making: what importers put together row by row, checked together as a chunk leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from staycourse.adapters.importers.build import build_events
from staycourse.adapters.importers.rejects import Rejects
from staycourse.events import Event

_COLUMNS = ("event_id", "learner", "verb", "time", "course", "object", "value", "attributes")
SHOWN = 400
"""Of a record that turns out to be no event the side file shows this many characters."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a draft was read: its file (of several), its line, and what stood there."""

    file: str
    line: int
    row: object


@dataclass(slots=True)
class Drafts:
    """Drafts of events of one source, and where each was read."""

    source: str
    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    origins: list[Origin] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.origins)

    def add(
        self,
        origin: Origin,
        *,
        event_id: str,
        learner: str,
        verb: str,
        time: datetime,
        course: str = "",
        object: str = "",
        value: int | None = None,
        text: str = "",
    ) -> None:
        """Put one more draft down; `text` is the learner's own words."""
        self.origins.append(origin)
        given = (event_id, learner, verb, time, course, object, value, {"text": text} if text else {})
        for name, cell in zip(_COLUMNS, given, strict=True):
            self.columns[name].append(cell)

    def take(self, now: datetime, rejects: Rejects) -> list[Event]:
        """Return the drafts as events, which counted as known when they happened, and begin anew."""
        origins, columns = self.origins, self.columns
        rows = len(origins)
        columns |= {"received": columns["time"], "source": [self.source] * rows, "backfill": [True] * rows}
        self.origins, self.columns = [], {name: [] for name in _COLUMNS}

        def refuse(index: int, field: str, reason: str) -> None:
            origin = origins[index]
            rejects.add(origin.line, field, reason, shown(origin.row), file=origin.file)

        return build_events(columns, now, refuse)


def shown(row: object) -> str:
    """Return what the side file shows of a row."""
    return row[:SHOWN].decode("utf-8", "replace").strip() if isinstance(row, bytes) else str(row)[:SHOWN]
