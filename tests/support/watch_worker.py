"""A watcher to be killed: `python watch_worker.py HOME FOLDER` says `kept` whenever a chunk is kept and noted."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from staycourse.adapters.importers import table_files
from staycourse.adapters.store import ImportState, Store
from staycourse.app.intake import FolderWatch, watch_rule
from staycourse.kernel import FixedClock, Settings

ROWS = 200
"""Events a chunk, so that a small file has many chunks."""

_keep = Store.put_import


def settings_of(home: Path) -> Settings:
    return Settings(home, "main", "UTC", FixedClock(datetime(2025, 6, 1, tzinfo=UTC)), 1, 1)


def _noted(store: Store, tenant: str, state: ImportState) -> None:
    _keep(store, tenant, state)
    print("kept", flush=True)  # noqa: T201


def main(home: Path, folder: Path) -> None:
    table_files.CHUNK_ROWS = ROWS  # type: ignore[attr-defined]
    Store.put_import = _noted  # type: ignore[method-assign,assignment]
    watch = FolderWatch(settings_of(home), folder, [watch_rule("events")])
    for _ in range(2):
        for outcome in watch.look():
            print(outcome.file, outcome.state, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
