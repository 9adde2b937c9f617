"""The signals of one night from the rollup on DuckDB, ClickHouse (chdb) and Spark, side by side in one run.

    python benchmarks/engines.py FOLDER --events 10e6 --learners 1e5
    python benchmarks/engines.py FOLDER --events 100e6 --learners 1e6 --engines duckdb spark --master spark://host:7077

Makes the events if FOLDER has none, and rolls them up with DuckDB: all engines read the same files. Each engine runs
in a process of its own, asks once to warm up (unless --cold) and once for the figure: seconds on the clock and of the
processor (of a cluster the driver's alone). It is asked as a night asks it (SignalEngine.scored): what is made of each
row is made where the engine computes, and here that is one number out of all bits of all its signals. Peak memory is of
this process or of its JVM, the larger one. Rows whose number is not DuckDB's are counted as mismatches.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from generate_events import DAYS, FIRST_DAY, generate
from nightly_cost import TENANT, files
from signal_digest import digested
from staycourse.adapters.engines import ClickHouseEngine, DuckDBEngine, SparkEngine, SQLEngine

AS_OF = FIRST_DAY + timedelta(days=DAYS - 1)
KINDS = ("duckdb", "clickhouse", "spark")


def engine_of(kind: str, folder: Path, asked: argparse.Namespace) -> SQLEngine[Any]:
    """Return an engine over the generated events."""
    home, live = folder / "home", lambda _: files(folder)
    if kind == "spark":
        options = {
            "spark.driver.host": "127.0.0.1", "spark.driver.memory": asked.memory,
            "spark.executor.memory": asked.memory,
            "spark.sql.shuffle.partitions": str(asked.partitions),
            "spark.driver.maxResultSize": "0",
        }  # fmt: skip
        return SparkEngine(home, live, master=asked.master, options=options)
    made = DuckDBEngine if kind == "duckdb" else ClickHouseEngine
    return made(home, live, threads=asked.threads, memory_gigabytes=6)


def measure(kind: str, folder: Path, asked: argparse.Namespace) -> None:
    """Ask one engine, put the answer aside, and print what it took."""
    engine = engine_of(kind, folder, asked)
    began = time.perf_counter()
    if not asked.cold:
        engine.scored(TENANT, AS_OF, (), digested)
    warm, before = time.perf_counter(), processor_seconds()
    table = engine.scored(TENANT, AS_OF, (), digested)
    ended, after = time.perf_counter(), processor_seconds()
    pq.write_table(table, folder / f"answer-{kind}.parquet", compression="zstd")
    engine.close()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({
        "seconds": ended - warm, "cpu": after - before, "first": warm - began, "peak": peak / 1024**2,
        "rows": table.num_rows,
    }))  # fmt: skip


def processor_seconds() -> float:
    """Return what this process and all below it (a local Spark's JVM and its Pythons) have used so far."""
    below, stats = {os.getpid()}, {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            stats[int(place.parent.name)] = place.read_text().rpartition(")")[2].split()
    while grown := {pid for pid, stat in stats.items() if int(stat[1]) in below} - below:
        below |= grown
    ticks = sum(int(number) for pid in below if pid in stats for number in stats[pid][11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def mismatches(folder: Path, kind: str) -> int:
    """Count the enrolments of which any bit of any signal is not DuckDB's; one too many or too few counts as all."""
    ours, theirs = (
        pq.read_table(folder / f"answer-{one}.parquet").sort_by([("learner", "ascending"), ("course", "ascending")])
        for one in ("duckdb", kind)
    )
    if ours.num_rows != theirs.num_rows or ours["learner"] != theirs["learner"] or ours["course"] != theirs["course"]:
        return int(max(ours.num_rows, theirs.num_rows))
    return int((ours["digest"].to_numpy() != theirs["digest"].to_numpy()).sum())


def main() -> None:
    """Generate and roll up if need be, ask each engine in a process of its own, compare and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--learners", type=float, default=1e5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engines", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="3g", help="of Spark's driver and of each executor")
    parser.add_argument("--partitions", type=int, default=4, help="Spark's shuffle partitions")
    parser.add_argument("--cold", action="store_true", help="do not warm up")
    parser.add_argument("--only", choices=KINDS)
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    if asked.only:
        return measure(asked.only, folder, asked)
    if not files(folder):
        generate(folder, int(asked.events), int(asked.learners))
    rows = DuckDBEngine(folder / "home", lambda _: files(folder), threads=asked.threads).roll_up(TENANT).rows
    print(f"rolled up: {rows:,} new rows")
    print(f"{'engine':12} {'seconds':>8} {'CPU s':>8} {'first':>8} {'peak GB':>8} {'rows':>10} {'mismatches':>11}")
    here = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": here}  # Spark's Pythons find signal_digest by it
    for kind in dict.fromkeys(("duckdb", *asked.engines)):
        command = [sys.executable, *sys.argv, "--only", kind]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise SystemExit(done.stderr[-4000:])
        told = json.loads(done.stdout.splitlines()[-1])
        wrong = mismatches(folder, kind)
        figures = " ".join(f"{told[name]:8.2f}" for name in ("seconds", "cpu", "first", "peak"))
        print(f"{kind:12} {figures} {told['rows']:10,} {wrong:11,}", flush=True)
    return None


if __name__ == "__main__":
    main()
