"""A log read to its end and taken over by a lake: what the tests of every log ask."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from staycourse.adapters.lake import Lake
from staycourse.app.homes.log_place import LogPlace
from staycourse.events import Event

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
VERBS = ("rated",)


def event(name: str, **more: object) -> Event:
    return Event(**{"event_id": name, "learner": "ann", "verb": "rated", "time": NOW} | more)  # type: ignore[arg-type]


def lake_at(folder: Path) -> Lake:
    return Lake(folder, zone_of=lambda _: ZoneInfo("UTC"), feel=lambda texts: [0] * len(texts))


def ids_in(lake: Lake, tenant: str = "main", learner: str = "ann") -> list[str]:
    return sorted(lake.events_of(tenant, learner)["event_id"].to_pylist())


def read_all(place: LogPlace, position: str, within: set[str] | None = None) -> tuple[list[str], str]:
    names: list[str] = []
    while True:
        reading = place.read_tail("main", position, VERBS, within=within)
        names += [one.event_id for one in reading.events]
        position = reading.position
        if not reading.more:
            return names, position
