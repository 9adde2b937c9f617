"""SignalEngine on ClickHouse, embedded in this process by chdb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from staycourse.adapters.engines.clickhouse.session import SETTINGS, ClickHouseSession
from staycourse.adapters.engines.rollups import Batch, Rollups
from staycourse.adapters.engines.sql_engine import SQLEngine
from staycourse.kernel import BadSettings, StorageFault
from staycourse.signals import CATALOGUE, EventFile, Signal

_questions = count(1)


class ClickHouseEngine(SQLEngine[ClickHouseSession]):
    """See SQLEngine. Each question has a database of its own, dropped when it is answered."""

    dialect = "clickhouse"
    events_at_once = 5_000_000

    def __init__(
        self,
        home: Path,
        files: Callable[[str], Sequence[EventFile]],
        *,
        threads: int = 2,
        memory_gigabytes: int = 3,
        catalogue: tuple[Signal, ...] = CATALOGUE,
    ) -> None:
        super().__init__(home, files, catalogue)
        self._chdb = _chdb()
        if set(str(home)) & set("*?{}[],'\\"):
            raise BadSettings(
                "ClickHouse reads *?{}[],'\\ in a folder's name as patterns",
                where=str(home),
                mend="choose another home",
            )
        self._settings = {
            **SETTINGS, "max_threads": threads, "max_memory_usage": memory_gigabytes * 1_000_000_000,
        }  # fmt: skip

    def _adder(self, session: ClickHouseSession, rollups: Rollups) -> Callable[[Batch], int]:
        return partial(rollups.add_by_statement, session, self.dialect)

    @contextmanager
    def _session(self, tenant: str) -> Iterator[ClickHouseSession]:
        connection, database = self._chdb.connect(":memory:"), f"question_{next(_questions)}"
        try:
            connection.query(f"CREATE DATABASE {database}")
            connection.query(f"USE {database}")
            connection.query("SET " + ", ".join(f"{name} = {value!r}" for name, value in self._settings.items()))
            yield ClickHouseSession(connection)
        except (self._chdb.ChdbError, RuntimeError) as error:  # chdb has two classes of the one name
            raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
        finally:
            connection.query(f"DROP DATABASE IF EXISTS {database}")
            connection.close()


def _chdb() -> Any:
    """Return chdb, which takes a second and 600 MB to load: only who asks for it pays for it."""
    try:
        return import_module("chdb")
    except ImportError:
        raise BadSettings(
            "ClickHouse is not installed", where="--engine clickhouse", mend="pip install 'staycourse[clickhouse]'"
        ) from None
