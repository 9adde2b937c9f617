"""What an operator's monitoring reads of a home: what waits, what is kept, how old the newest night is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from staycourse.adapters.store import GaugeViews
from staycourse.app.homes.home import Home


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure. `name` tells its unit, as Prometheus has it (seconds, bytes, or a plain count)."""

    name: str
    meaning: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def home_gauges(home: Home) -> Iterator[Gauge]:
    """Yield every figure of `home`, all tenants'. StorageFault where something does not answer."""
    log, lake, views = home.log_health(), home.lake.health(), GaugeViews(home.database)
    yield Gauge("log_bytes", "Acknowledged, and not in the lake yet.", log.bytes)
    yield Gauge("log_parts", "Segments or messages that wait to be compacted.", log.segments)
    yield Gauge("lake_events", "Events in the lake.", lake.rows)
    yield Gauge("lake_files", "Live event files of the lake.", lake.files)
    yield Gauge("lake_bytes", "Bytes of these files.", lake.bytes)
    for what, tenant, state, count in views.states():
        meaning = f"How many {what} are in each state."
        yield Gauge(what, meaning, count, (("tenant", tenant), ("state", state)))
    for tenant, finished in views.nights():
        yield Gauge(
            "night_finished_seconds", "When the newest night was published (since 1970, UTC).", finished.timestamp(),
            (("tenant", tenant),),
        )  # fmt: skip


LEAST_FREE = 64 * 1024**2
"""With fewer bytes free under a home nothing more is taken in: some requests of the largest kind would fill them."""


def disk_is_full(home: Home) -> bool:
    """Say whether the disk under the home has no room for what comes in."""
    return shutil.disk_usage(home.path).free < LEAST_FREE


def readiness(home: Home) -> dict[str, str]:
    """Return what keeps this process from taking in events, by part; nothing where it is ready."""
    faults: dict[str, str] = {}
    for part, look in (("store", home.store.tenants), ("log", home.log.health)):
        try:
            look()
        except Exception as error:  # whatever it is, it is told and not raised
            faults[part] = type(error).__name__
    return faults | ({"disk": "full"} if disk_is_full(home) else {})
