"""What a night costs: roll up one new day and compute every signal for everyone, against a bare scan of the same
history.

    python benchmarks/nightly_cost.py FOLDER --events 100e6 --learners 1e6

Rows that arrived long ago are settled together, and this anew every so many days: "one night" is the first after that,
"the latest night" the last before it, and the average has a night's share of settling anew.

Makes the events if FOLDER has none. Every step runs in a process of its own; its CPU seconds (after the imports) and
its peak memory are printed, and the ratio to the bare scan of the five event columns in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from generate_events import DAYS, FIRST_DAY, generate
from staycourse.adapters.engines import DuckDBEngine
from staycourse.adapters.engines.duckdb import settled
from staycourse.adapters.engines.rollups import Rollups
from staycourse.app.homes.memory import keep_pages, look_seldom, share_pages
from staycourse.signals import CATALOGUE

TENANT = "bench"
SCAN = "sum(length(learner)), sum(length(course)), sum(length(verb)), sum(value), max(epoch_us(time))"


@dataclass(frozen=True)
class File:
    path: Path
    ingest_day: date
    rows: int


def files(folder: Path) -> list[File]:
    """Return the generated event files."""
    return [
        File(path, date.fromisoformat(path.parent.name.partition("=")[2]), pq.read_metadata(path).num_rows)
        for path in sorted((folder / "events").glob("*/*.parquet"))
    ]


def engine(folder: Path, threads: int) -> DuckDBEngine:
    """Return an engine over the generated events."""
    return DuckDBEngine(folder / "home", lambda _: files(folder), threads=threads, memory_gigabytes=3)


def scan(folder: Path, threads: int) -> str:
    """Read the five columns of the whole history."""
    connection = duckdb.connect(config={"threads": threads})
    rows = connection.execute(f"SELECT count(*), {SCAN} FROM read_parquet('{folder}/events/*/*.parquet')").fetchall()
    return f"{rows[0][0]:,} events"


def roll_up(folder: Path, threads: int) -> str:
    """Bring the rollup up to date."""
    report = engine(folder, threads).roll_up(TENANT)
    return f"{report.files_added} files, {report.rows:,} rows"


def signals(folder: Path, threads: int) -> str:
    """Compute every signal as of the last day."""
    table = engine(folder, threads).signals(TENANT, FIRST_DAY + timedelta(days=DAYS - 1), ())
    return f"{table.num_rows:,} enrolments x {len(CATALOGUE)} signals"


def both(folder: Path, threads: int) -> str:
    """Do what a night does."""
    return roll_up(folder, threads) + "; " + signals(folder, threads)


def settle(folder: Path, _threads: int, further: int = 0) -> str:
    """Settle all that is old together, as a night does every RENEWED_AFTER days: `further` nights ago."""
    rollups = Rollups(folder / "home" / "tenants" / TENANT / "rollup")
    settled.UNSETTLED, settled.RENEWED_AFTER = settled.UNSETTLED + timedelta(days=further), 0
    settled.Settled(rollups, CATALOGUE).renew()
    return ", ".join(sorted(path.stem for path in rollups.folder.glob("settled/*")))


def await_night(folder: Path, threads: int, further: int = 0) -> str:
    """Let things be as before the last day, `further` nights after all that is old was settled together."""
    *_, newest = sorted((folder / "home").glob("tenants/*/rollup/ingest_day=*/*.parquet"))
    newest.unlink()
    for path in (folder / "home").glob("tenants/*/rollup/settled/*_*"):
        path.unlink()
    return settle(folder, threads, further)


def await_last_night(folder: Path, threads: int) -> str:
    """Let things be as in the last night before all that is old is settled together anew."""
    return await_night(folder, threads, settled.RENEWED_AFTER - 2)


STEPS: dict[str, Callable[[Path, int], str]] = {
    "scan": scan, "roll_up": roll_up, "signals": signals, "both": both, "settle": settle, "await": await_night,
    "await_last": await_last_night,
}  # fmt: skip


def measure(step: str, folder: Path, threads: int) -> dict[str, float | str]:
    """Run one step in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--step", step, "--threads", str(threads)]
    spared = os.environ | {"NUMPY_MADVISE_HUGEPAGE": "0"}  # as the command line has it
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=spared)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def run_timed(work: Callable[[], object]) -> None:
    """Do `work` and print what it took and what it returned, as JSON."""
    look_seldom()  # all three as `staycourse nightly` does
    keep_pages()
    share_pages()
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    what = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(json.dumps({
        "what": what, "cpu": cpu, "wall": time.perf_counter() - began, "peak": after.ru_maxrss / 1024**2,
    }))  # fmt: skip


def main() -> None:
    """Generate if need be, run every step and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--learners", type=float, default=1e5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="keep the rollup of an earlier run; measure the night only")
    parser.add_argument("--step", choices=STEPS)
    asked = parser.parse_args()
    if asked.step:
        return run_timed(lambda: STEPS[asked.step](asked.folder, asked.threads))
    if not files(asked.folder):
        generate(asked.folder, int(asked.events), int(asked.learners))
    results = {}
    scan_first = measure("scan", asked.folder, asked.threads)
    if not asked.keep:
        shutil.rmtree(asked.folder / "home", ignore_errors=True)
        results["first full build"] = measure("both", asked.folder, asked.threads)
    measure("await", asked.folder, asked.threads)
    results["one night"] = measure("both", asked.folder, asked.threads)
    results["signals alone"] = measure("signals", asked.folder, asked.threads)
    measure("await_last", asked.folder, asked.threads)
    results["the latest night"] = measure("both", asked.folder, asked.threads)
    results["settling anew"] = measure("settle", asked.folder, asked.threads)
    scan_last = measure("scan", asked.folder, asked.threads)
    base = (float(scan_first["cpu"]) + float(scan_last["cpu"])) / 2
    print(f"{'step':18} {'CPU s':>8} {'wall s':>8} {'peak GB':>8} {'x scan':>7}  what")
    for name, found in {"bare scan": scan_first | {"cpu": base}, **results}.items():
        cpu, wall, peak = (float(found[key]) for key in ("cpu", "wall", "peak"))
        print(f"{name:18} {cpu:8.2f} {wall:8.2f} {peak:8.2f} {cpu / base:7.2f}  {found['what']}")
    first, last, anew = (float(results[name]["cpu"]) for name in ("one night", "the latest night", "settling anew"))
    mean = (first + last) / 2 + anew / settled.RENEWED_AFTER
    print(f"{'nights on average':18} {mean:8.2f} {'':17} {mean / base:7.2f}  of {settled.RENEWED_AFTER}")
    return None


if __name__ == "__main__":
    main()
