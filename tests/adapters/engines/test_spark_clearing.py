"""What killed tasks and drivers of Spark leave is removed once nobody can be working on it any more."""

import os
import time
from pathlib import Path

from staycourse.adapters.engines.spark.clearing import ABANDONED_SECONDS, clear_abandoned


def test_only_what_was_left_long_ago_goes(tmp_path: Path) -> None:
    day, scratch = tmp_path / "ingest_day=2026-03-01", tmp_path / "scratch"
    old, fresh, whole = day / "a.0f0f0f0f.unfinished", day / "b.1e1e1e1e.unfinished", day / "a.parquet"
    asked, asking = scratch / "old" / "plain-0.arrow", scratch / "new" / "plain-0.arrow"
    for path in (old, fresh, whole, asked, asking):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    then = time.time() - ABANDONED_SECONDS - 60
    for path in (old, whole, asked, asked.parent):
        os.utime(path, (then, then))
    clear_abandoned(tmp_path)
    assert not old.exists() and not asked.parent.exists()
    assert fresh.exists() and whole.exists() and asking.exists()
    clear_abandoned(tmp_path / "not there")
