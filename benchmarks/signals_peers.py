"""Seventeen plain signals of every enrolment, by staycourse from its rollup and by pandas and Polars from the events.

    python benchmarks/signals_peers.py FOLDER --events 10e6 --learners 1e5

All read the same Parquet files, each in a process of its own; CPU seconds after the imports, peak memory, and whether
the values agree. staycourse is measured twice: making the rollup first, and as on any night, with one new day to roll
up.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from generate_events import DAYS, FIRST_DAY, generate
from nightly_cost import TENANT, files, run_timed
from staycourse.adapters.engines import DuckDBEngine
from staycourse.events import COUNTERS_BY_NAME
from staycourse.signals import SIGNALS_BY_NAME

LEVELS = {  # signal: (counter, days, scale)
    "activity_1d": ("activity", 1, 1), "activity_3d": ("activity", 3, 1), "activity_7d": ("activity", 7, 1),
    "activity_14d": ("activity", 14, 1), "activity_30d": ("activity", 30, 1), "activity_total": ("activity", DAYS, 1),
    "content_views_total": ("content_views", DAYS, 1), "forum_views_30d": ("forum_views", 30, 1),
    "lessons_completed_30d": ("lessons_completed", 30, 1),
    "lessons_completed_total": ("lessons_completed", DAYS, 1), "quiz_views_14d": ("quiz_views", 14, 1),
    "speaking_minutes_7d": ("speaking_seconds", 7, 60), "video_minutes_30d": ("video_seconds", 30, 60),
    "interactions_30d": ("interactions", 30, 1),
}  # fmt: skip
ACTIVE_DAYS = {"active_days_7d": 7, "active_days_30d": 30}
NAMES = (*LEVELS, *ACTIVE_DAYS, "days_absent")
KEYS = ["learner", "course"]
AS_OF = FIRST_DAY + timedelta(days=DAYS - 1)

Sums = Mapping[str, int]


def staycourse(folder: Path) -> Sums:
    """Ask the engine for the seventeen."""
    catalogue = tuple(SIGNALS_BY_NAME[name] for name in NAMES)
    engine = DuckDBEngine(folder / "home", lambda _: files(folder), threads=2, catalogue=catalogue)
    engine.roll_up(TENANT)
    table = engine.signals(TENANT, AS_OF, ()).to_pandas()
    return _checked(table)


def by_polars(folder: Path) -> Sums:
    """Filtered sums over the events, in one streaming group_by."""
    events = pl.scan_parquet(folder / "events/*/*.parquet", hive_partitioning=False)
    age = (pl.lit(AS_OF) - pl.col("event_day")).dt.total_days().cast(pl.Int32)
    learning = pl.col("verb").is_in(COUNTERS_BY_NAME["activity"].verbs)
    sums = [_polars_level(name).alias(name) for name in LEVELS]
    days = [
        pl.col("age").filter(learning & (pl.col("age") < days)).n_unique().alias(name)
        for name, days in ACTIVE_DAYS.items()
    ]
    absent = pl.col("age").filter(learning).min().alias("days_absent")
    begun = pl.col("age").filter(pl.col("verb") == "enrolled").max().alias("begun")
    grouped = events.with_columns(age=age).group_by(KEYS).agg(*sums, *days, absent, begun)
    return _checked(grouped.collect(engine="streaming").to_pandas())


def _polars_level(name: str) -> pl.Expr:
    counter, days, scale = LEVELS[name]
    definition = COUNTERS_BY_NAME[counter]
    meets = pl.col("verb").is_in(definition.verbs) & (pl.col("age") < days)
    return meets.sum() if definition.measure == "count" else pl.col("value").filter(meets).sum() / scale


def by_pandas(folder: Path) -> Sums:
    """Masked columns and one groupby, with categories for the texts."""
    columns = [*KEYS, "verb", "value", "event_day"]
    events = pd.concat(pd.read_parquet(file.path, columns=columns) for file in files(folder))
    for name in (*KEYS, "verb"):
        events[name] = events[name].astype("category")
    events["age"] = (pd.Timestamp(AS_OF) - pd.to_datetime(events["event_day"])).dt.days.astype("int32")
    for name, (counter, days, scale) in LEVELS.items():
        definition = COUNTERS_BY_NAME[counter]
        meets = events["verb"].isin(definition.verbs) & (events["age"] < days)
        events[name] = meets if definition.measure == "count" else events["value"].where(meets, 0) / scale
    learning = events[events["verb"].isin(COUNTERS_BY_NAME["activity"].verbs)]
    table = events.groupby(KEYS, observed=True)[list(LEVELS)].sum()
    begun = events[events["verb"] == "enrolled"].groupby(KEYS, observed=True)["age"].max().rename("begun")
    absent = learning.groupby(KEYS, observed=True)["age"].min().rename("days_absent")
    table = table.join(begun, how="left").join(absent, how="left")
    for name, days in ACTIVE_DAYS.items():
        table[name] = learning[learning["age"] < days].groupby(KEYS, observed=True)["age"].nunique()
    return _checked(table.fillna(dict.fromkeys(ACTIVE_DAYS, 0)).reset_index())


def _checked(table: pd.DataFrame) -> Sums:
    """Return each signal's sum over everyone, rounded to thousandths: what is compared."""
    if "begun" in table:
        table["days_absent"] = table[["days_absent", "begun"]].min(axis=1)
    found = {name: round(float(table[name].sum()) * 1000) for name in NAMES}
    return {"enrolments": len(table), **found}


WAYS: dict[str, Callable[[Path], Sums]] = {"staycourse": staycourse, "polars": by_polars, "pandas": by_pandas}


def measure(way: str, folder: Path) -> dict[str, Any]:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--way", way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Generate if need be, run every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--learners", type=float, default=1e5)
    parser.add_argument("--way", choices=WAYS)
    asked = parser.parse_args()
    if asked.way:
        return run_timed(lambda: WAYS[asked.way](asked.folder))
    if not files(asked.folder):
        generate(asked.folder, int(asked.events), int(asked.learners))
    shutil.rmtree(asked.folder / "home", ignore_errors=True)
    results = {"staycourse, first": measure("staycourse", asked.folder)}
    sorted((asked.folder / "home").glob("tenants/*/rollup/ingest_day=*/*.parquet"))[-1].unlink()
    results["staycourse, a night"] = measure("staycourse", asked.folder)
    results |= {way: measure(way, asked.folder) for way in ("polars", "pandas")}
    night = results["staycourse, a night"]
    print(f"{'way':20} {'CPU s':>8} {'wall s':>8} {'peak GB':>8} {'x a night':>10}  values")
    for name, found in results.items():
        agree = "agree" if found["what"] == night["what"] else "DIFFER"
        times = found["cpu"] / night["cpu"]
        print(f"{name:20} {found['cpu']:8.2f} {found['wall']:8.2f} {found['peak']:8.2f} {times:10.2f}  {agree}")
    return None


if __name__ == "__main__":
    main()
