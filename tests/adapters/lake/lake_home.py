"""A home with a log and a lake, for the tests of the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.adapters.lake import CompactionReport, Lake
from staycourse.adapters.log import SegmentLog
from staycourse.events import Event
from staycourse.kernel import FixedClock, zone

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Home:
    """What the tests do: send events, compact, look."""

    path: Path
    zone: str = "UTC"
    dedup_days: int = 35
    step_bytes: int = 128 << 20
    felt: list[str] = field(default_factory=list)

    def lake(self) -> Lake:
        return Lake(
            self.path,
            zone_of=lambda tenant: zone(self.zone),
            feel=self.feel,
            dedup_days=self.dedup_days,
            step_bytes=self.step_bytes,
        )

    def feel(self, texts: Sequence[str]) -> list[int]:
        self.felt += texts
        return [-1 if "bad" in text else 1 if "good" in text else 0 for text in texts]

    def send(self, *events: Event, tenant: str = "main", arrival: datetime = NOON) -> None:
        """Put `events` into a closed segment of their own."""
        log = SegmentLog(self.path / "log", clock=FixedClock(arrival))
        log.append(tenant, events)
        log.close()

    def compact(self) -> CompactionReport:
        return self.lake().compact(self.path / "log")

    def rows(self, tenant: str = "main") -> list[dict[str, Any]]:
        """Return the lake's events, in the order of files and rows, with their ingest day."""
        rows: list[dict[str, Any]] = []
        for file in self.lake().files(tenant):
            table: pa.Table = pq.ParquetFile(file.path).read()
            assert (len(table), file.path.stat().st_size) == (file.rows, file.bytes)
            rows += [row | {"ingest_day": file.ingest_day} for row in table.to_pylist()]
        return rows

    def ids(self, tenant: str = "main") -> list[str]:
        return sorted(row["event_id"] for row in self.rows(tenant))


def event(event_id: str, **fields: Any) -> Event:
    """Return an event with everything given that a test does not care about."""
    given: dict[str, Any] = {"learner": "ann", "verb": "content_viewed", "course": "c", "time": NOON}
    return Event(event_id=event_id, **(given | fields))
