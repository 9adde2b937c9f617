"""Rows that name a learner, out of the side files of rejected rows."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

from staycourse.adapters.importers.rejects import COLUMNS
from staycourse.kernel import StorageFault


def erase_rejected(folder: Path, named: Callable[[str], bool]) -> int:
    """Take the rows for which `named` holds out of every side file in `folder`; return how many went.

    A side file only helps a person to mend an import: a row that names the learner by chance goes too. A file whose own
    name names the learner is removed.
    """
    try:
        files = sorted(folder.glob("*.csv"))
        return sum(_removed(path) if named(path.name) else _erased(path, named) for path in files)
    except (OSError, csv.Error) as error:
        raise StorageFault("the rejected rows cannot be written anew", where=str(folder)) from error


def rejected_rows(folder: Path, named: Callable[[str], bool]) -> list[dict[str, str]]:
    """Return the rejected rows for which `named` holds."""
    return [
        dict(zip(COLUMNS, row, strict=False)) | {"side_file": path.name}
        for path in sorted(folder.glob("*.csv"))
        for row in _rows(path)[1:]
        if any(map(named, row))
    ]


def _erased(path: Path, named: Callable[[str], bool]) -> int:
    rows = _rows(path)
    kept = [row for place, row in enumerate(rows) if place == 0 or not any(map(named, row))]
    if len(kept) < len(rows):
        fresh = path.with_name(f".{path.name}.fresh")
        with fresh.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
            csv.writer(out).writerows(kept)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    return len(rows) - len(kept)


def _removed(path: Path) -> int:
    count = max(0, len(_rows(path)) - 1)
    path.unlink()
    return count


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.reader(file))
