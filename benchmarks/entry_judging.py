"""How long does it take to judge a million entries at once, and to read what they came to? On SQLite and PostgreSQL.

Run: `python benchmarks/entry_judging.py [--rows 1000000] [--store postgresql://…]`.

A home of its own holds the rows and a small log; the engine's question, the store's reads and updates and the judging
are real. Printed are the seconds of judging all of it, the greatest memory of the process, and the p50 of counting, as
the Evidence page asks.
"""

import argparse
import resource
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from staycourse.adapters.store import schema
from staycourse.adapters.store.care import EntryBook
from staycourse.app.care import Care
from staycourse.app.care.judging import judge_entries_due
from staycourse.app.homes import open_home
from staycourse.app.nights.compaction import take_in
from staycourse.events import Event
from staycourse.kernel import read_settings

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
AS_OF, DUE = date(2026, 2, 1), date(2026, 2, 15)
AT_ONCE = 50_000
PLAYBOOKS = ("welcome", "habit", "win_back", "renewal")
JUDGED = {"win_back": "returns", "renewal": "renews"}


def fill(care: Care, rows: int) -> None:
    """Write `rows` entries that are due, and some events that say how a thousand of them ended."""
    home = care.home
    home.log.append(home.tenant, [
        Event(event_id=f"e{n}-{day}", learner=f"L{n}", verb="home_viewed", time=NOW - timedelta(days=day), course="c")
        for n in range(1000) for day in (1, 20)
    ])  # fmt: skip
    take_in(home)
    home.engine.roll_up(home.tenant)
    for start in range(0, rows, AT_ONCE):
        some = [
            {"tenant": home.tenant, "learner": f"L{n // 4}", "playbook": (name := PLAYBOOKS[n % 4]),
             "tier": "core" if n % 20 == 0 else "regular", "arm": "held_out" if n % 40 < 4 else "treated",
             "as_of": AS_OF, "due_on": DUE, "judged_by": JUDGED.get(name, "stays")}
            for n in range(start, min(rows, start + AT_ONCE))
        ]  # fmt: skip
        with home.database.writing() as connection:
            connection.execute(schema.journey_endings.insert(), some)


def measure(rows: int, store: str) -> None:
    """Print the figures of one store."""
    with tempfile.TemporaryDirectory() as folder:
        asked = {"STAYCOURSE_NOW": NOW.isoformat(), **({"STAYCOURSE_STORE": store} if store else {})}
        with open_home(read_settings(asked, home=Path(folder) / "home"), writing=True) as home:
            care = Care(home)
            fill(care, rows)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            begun, spent = perf_counter(), process_time()
            judged = judge_entries_due(care, NOW.date() - timedelta(days=1))
            took, spent = perf_counter() - begun, process_time() - spent
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            looks = []
            for _ in range(7):
                begun = perf_counter()
                counts = EntryBook(home.database).counts(home.tenant)
                looks.append(perf_counter() - begun)
            name = "PostgreSQL" if store else "SQLite"
            print(f"{name}: {judged:,} entries judged in {took:.1f} s; memory {before // 1024} -> {after // 1024} MB")
            print(f"{name}: {spent:.1f} s of it on this process's processor time")
            print(f"{name}: {len(counts)} counts read in {median(looks):.3f} s (p50)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="judging a million entries")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", default="")
    given = parser.parse_args()
    measure(given.rows, given.store)
