"""The one place that knows which engine the settings ask for; each loads its heavy parts when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from staycourse.kernel import Settings
from staycourse.signals import EventFile

if TYPE_CHECKING:  # the engines bring ibis and its SQL compilers along
    from staycourse.adapters.engines import SQLEngine


def engine_of(settings: Settings, files: Callable[[str], Sequence[EventFile]]) -> SQLEngine[Any]:
    """Return the engine over the home of `settings`; BadSettings where it is not installed."""
    from staycourse.adapters.engines import ClickHouseEngine, DuckDBEngine, SparkEngine

    if settings.engine == "spark":
        return SparkEngine(settings.home, files, master=settings.spark_master)
    local = ClickHouseEngine if settings.engine == "clickhouse" else DuckDBEngine
    return local(settings.home, files, threads=settings.threads, memory_gigabytes=settings.memory_gigabytes)
