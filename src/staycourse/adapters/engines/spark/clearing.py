"""What tasks and drivers that were killed leave in the rollup folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

ABANDONED_SECONDS = 24 * 3600
"""What nobody has written to for so long nobody will: no task and no question takes that long."""


def clear_abandoned(rollup: Path) -> None:
    """Remove unfinished files, and what was put aside for a question, that nobody works on any more.

    Each had a name of its own, since a task may run twice at once: nothing else would ever write over it.
    """
    for left in _untouched(rollup.rglob("*.unfinished")):
        left.unlink(missing_ok=True)
    for left in _untouched((rollup / "scratch").glob("*")):
        shutil.rmtree(left, ignore_errors=True)


def _untouched(paths: Iterator[Path]) -> list[Path]:
    until, found = time.time() - ABANDONED_SECONDS, []
    for path in paths:
        try:
            if path.stat().st_mtime < until:
                found.append(path)
        except FileNotFoundError:
            continue
    return found
