"""What the lists of care, the evidence and the weekly review cost among a million alerts and messages.

Printed is for each question of a page the processor time and the seconds by the clock, the best of some looks: the
questions are those that the console's desks ask, so all of a page but its HTML.

Run: python benchmarks/care_pages.py [--rows 1000000] [--only sqlite] [--folder DIR] [--looks 3]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

from sqlalchemy import text

from staycourse.adapters.store.views import PageViews, PageWish
from staycourse.app.care import Care
from staycourse.app.desks import care_desk
from staycourse.app.homes import Home, open_home
from staycourse.desk import AlertFilter, CareDesk, DeliveryFilter, TaskFilter
from staycourse.kernel import read_settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from databases import PostgresServer, postgres_programs

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SPAN = timedelta(days=365) // timedelta(microseconds=1)
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)"
WEEKS = 52
# One learner in four rows, of whom each has one alert that waits: the newest quarter. The others have ended, and are
# judged. Learners come in no order: multiples of a number that shares no factor with the modulus.
LEARNER = "'learner-' || CAST((i * 700001) - (i * 700001) / :learners * :learners AS TEXT)"
FILL = (
    f"""
INSERT INTO learners (tenant, learner, name)
{NUMBERS} SELECT 'main', {LEARNER}, 'Name ' || CAST(i AS TEXT) FROM n WHERE i < :learners
""",
    f"""
INSERT INTO alerts (tenant, alert, learner, course, cause, tier, trigger, state, risk, priority, suggestion, rules,
                    reasons, opened, as_of, due, closed, seen_on, arm, playbook, withheld, policy_version, horizon_days,
                    outcome, why, judged, judged_on, lead_days, absent_days, contacted_on, channel, cost_minor,
                    currency)
{NUMBERS}, r AS (SELECT i, i - i / 4 * 4 AS four, i - i / 20 * 20 AS twenty, i - i / 100 * 100 AS hundred,
                         i * 4 / :rows AS quarter FROM n)
SELECT 'main', 'alert-' || CAST(i AS TEXT), {LEARNER}, 'course-' || CAST(twenty AS TEXT),
       CASE four WHEN 0 THEN 'too_hard' WHEN 1 THEN 'no_time' WHEN 2 THEN 'bored' ELSE 'price' END,
       CASE twenty WHEN 0 THEN 'core' ELSE 'regular' END, CASE hundred WHEN 99 THEN 'event' ELSE 'risk' END,
       CASE WHEN quarter < 3 THEN 'closed' WHEN twenty = 1 THEN 'snoozed' WHEN twenty < 5 THEN 'taken'
            ELSE 'open' END,
       0.5, 0.5, 'tutoring_offer',
       CAST(CASE WHEN hundred = 99 THEN '["complained"]' WHEN hundred < 30 THEN '["absent"]'
            WHEN hundred < 60 THEN '["absent","risk"]' WHEN hundred < 80 THEN '["falling","risk"]'
            ELSE '["falling"]' END AS /*JSON*/ TEXT), '[]', CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT),
       :as_of, CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) + 172800000000,
       CASE WHEN quarter < 3 THEN CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) + 400000000000 END, :as_of,
       CASE WHEN twenty < 2 THEN 'held_out' ELSE 'treated' END,
       CASE WHEN i - i / 40 * 40 = 1 THEN '*' WHEN four = 0 THEN 'tutoring' WHEN four = 1 THEN 'short_pieces'
            WHEN four = 2 THEN 'own_interest' ELSE 'fitting_package' END, '', 1, 14,
       CASE WHEN quarter = 3 THEN '' WHEN twenty < 8 THEN 'churned' WHEN twenty < 12 THEN 'saved'
            ELSE 'false_alarm' END,
       CASE WHEN quarter = 3 THEN '' ELSE 'silent' END, CASE WHEN quarter < 3 THEN :now END,
       CASE WHEN quarter < 3 THEN :judged_on END, CASE WHEN quarter < 3 AND twenty < 8 THEN i - i / 14 * 14 END, 3,
       CASE WHEN quarter < 3 AND twenty > 1 THEN :as_of END,
       CASE WHEN twenty < 2 THEN '' WHEN hundred < 70 THEN 'email' ELSE 'inbox' END, 10, 'CNY'
FROM r
""",
    f"""
INSERT INTO messages (tenant, key, learner, course, playbook, purpose, template, details, state, due, created, reason,
                      channel, claimed, sent)
{NUMBERS}, r AS (SELECT i, i - i / 4 * 4 AS four, i - i / 20 * 20 AS twenty FROM n)
SELECT 'main', CAST(i AS TEXT) || ':hello:1', {LEARNER}, 'course-' || CAST(twenty AS TEXT),
       CASE four WHEN 0 THEN 'too_hard' WHEN 1 THEN 'no_time' WHEN 2 THEN 'bored' ELSE 'price' END, 'care',
       'tutoring_offer', '{{"channels": ["email"]}}',
       CASE WHEN twenty < 16 THEN 'sent' WHEN twenty < 18 THEN 'withheld' WHEN twenty = 18 THEN 'dropped'
            WHEN i - i / 1000 * 1000 < 900 THEN 'failed' ELSE 'pending' END,
       CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT), CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT),
       CASE WHEN twenty < 16 THEN '' WHEN twenty = 16 THEN 'cap_day' WHEN twenty = 17 THEN 'no_consent'
            WHEN twenty = 18 THEN 'return' ELSE 'gave_up' END,
       CASE WHEN twenty < 10 THEN 'email' WHEN twenty < 16 THEN 'inbox' ELSE '' END,
       CASE WHEN twenty < 16 THEN CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) END,
       CASE WHEN twenty < 16 THEN CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) END
FROM r
""",
    f"""
INSERT INTO draws (tenant, learner, playbook, tier, arm, share, drawn)
{NUMBERS}, r AS (SELECT i, i - i / 20 * 20 AS twenty FROM n WHERE i < :learners)
SELECT 'main', {LEARNER}, p.playbook, CASE twenty WHEN 0 THEN 'core' ELSE 'regular' END,
       CASE WHEN twenty < 2 THEN 'held_out' ELSE 'treated' END, 0.1, :now
FROM r, (SELECT '*' AS playbook UNION ALL SELECT 'tutoring'
         UNION ALL SELECT 'short_pieces' UNION ALL SELECT 'habit') AS p
""",
    f"""
INSERT INTO leavers (tenant, learner, course, tier, left_on)
{NUMBERS} SELECT 'main', {LEARNER}, 'course-' || CAST(i - i / 20 * 20 AS TEXT), 'regular', :left_on
FROM n WHERE i < :learners AND i - i / 4 * 4 = 0
""",
    f"""
INSERT INTO consents (tenant, learner, channel, purpose, granted, at, source, event_id)
{NUMBERS} SELECT 'main', {LEARNER}, '*', 'care', i - i / 50 * 50 <> 0,
                 CAST(:start AS BIGINT) + i * 4 * CAST(:step AS BIGINT) + 400000000000, 'bench',
                 'said-' || CAST(i AS TEXT)
FROM n WHERE i < :learners
""",
    f"""
INSERT INTO journey_endings (tenant, learner, playbook, tier, arm, as_of, due_on, judged_by, outcome, why, judged,
                             judged_on, cost_minor, currency)
{NUMBERS}, r AS (SELECT i, i - i / 20 * 20 AS twenty FROM n WHERE i < :learners)
SELECT 'main', {LEARNER}, p.playbook, CASE twenty WHEN 0 THEN 'core' ELSE 'regular' END,
       CASE WHEN twenty < 2 THEN 'held_out' ELSE 'treated' END, :as_of, :judged_on, 'stays',
       CASE WHEN twenty < 9 THEN 'kept' ELSE 'lost' END, 'stayed', :now, :judged_on, 10, 'CNY'
FROM r, (SELECT 'welcome' AS playbook UNION ALL SELECT 'habit') AS p
""",
    f"""
INSERT INTO tasks (tenant, task, learner, course, playbook, cause, tier, script, minutes, state, created, due, finished,
                   outcome)
{NUMBERS}, r AS (SELECT i, i - i / 20 * 20 AS twenty FROM n WHERE i < :rows / 5)
SELECT 'main', CAST(i AS TEXT) || ':call:1', {LEARNER}, 'course-1', 'too_hard', 'too_hard', 'regular', 'too_hard', 15,
       CASE WHEN twenty < 2 THEN 'open' ELSE 'done' END, CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) * 5,
       CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) * 5,
       CASE WHEN twenty > 1 THEN CAST(:start AS BIGINT) + i * CAST(:step AS BIGINT) * 5 END,
       CASE WHEN twenty > 1 THEN 'reached' ELSE '' END
FROM r
""",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default=None)
    parser.add_argument("--looks", type=int, default=3)
    given = parser.parse_args()
    print(f"{given.rows:,} alerts and as many messages; load {os.getloadavg()[0]:.1f}")
    if given.only != "postgresql":
        measure("", given.rows, given.folder, given.looks)
    if given.only != "sqlite":
        with server() as own:
            measure(own.address(own.make_database(schema=True)), given.rows, given.folder, given.looks)


def measure(store: str, rows: int, folder: Path | None, looks: int) -> None:
    """Fill a home of its own and print a line for each question."""
    asked = {"STAYCOURSE_NOW": NOW.isoformat(), **({"STAYCOURSE_STORE": store} if store else {})}
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        open_home(read_settings(asked, home=Path(name) / "home"), writing=True) as home,
    ):
        fill(home, rows)
        print(f"{home.database.version():<46} {'processor':>10} {'clock':>8}")
        for called, question in questions(home, care_desk(Care(home)), rows):
            spent, clock = min(timed(question) for _ in range(looks))
            print(f"{called:<46} {spent:>9.3f}s {clock:>7.3f}s{'  over a second' if clock > 1 else ''}", flush=True)


def fill(home: Home, rows: int) -> None:
    """Write everything, and let the database come to rest."""
    moment = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    values = {"rows": rows, "learners": rows // 4, "now": moment, "start": moment - SPAN, "step": SPAN // rows}
    json = "TEXT" if home.database.dialect == "sqlite" else "JSONB"
    with home.database.writing() as connection:
        if home.database.dialect == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for week in range(WEEKS):  # what was opened in a week is judged in one, three weeks later
            opened = TODAY - timedelta(days=7 * (WEEKS - week))
            days = {"as_of": opened, "left_on": opened + timedelta(days=10), "judged_on": opened + timedelta(days=21)}
            bounds = {"first": rows * week // WEEKS, "last": rows * (week + 1) // WEEKS}
            for statement in FILL:
                said = text(statement.replace("/*JSON*/ TEXT", json))
                names = said.compile().params.keys()
                given = values | days | bounds
                connection.execute(said.bindparams(**{name: value for name, value in given.items() if name in names}))
        counted = import_module("staycourse.adapters.store.migrations.versions.0013_counted_endings")
        for statement in counted.statements(home.database.dialect):  # what judging keeps beside each ending
            connection.execute(text(statement))
    raw = home.database._writers.raw_connection()
    cursor = raw.cursor()
    cursor.execute("ANALYZE")
    cursor.close()
    raw.commit()
    raw.close()


def questions(home: Home, desk: CareDesk, rows: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what the pages ask, each by name."""
    assert desk.alerts and desk.deliveries and desk.advisors and desk.evidence and desk.weekly
    alerts, messages, tasks = AlertFilter(), DeliveryFilter(), TaskFilter()
    deep = rows * 9 // 10 // 25
    for called, wish in (
        ("first page", alerts),
        ("one tier and cause", replace(alerts, tier="core", cause="too_hard")),
        ("overdue, of one course", replace(alerts, overdue=True, course="course-7")),
        ("search", replace(alerts, search="ner-4711")),
        ("ended", replace(alerts, state="ended")),
        ("ended, paged deep", replace(alerts, state="ended", page=deep * 3 // 4)),
    ):
        yield f"alerts: {called}", partial(desk.alerts.alerts, "main", wish, NOW)
    for called, sent in (
        ("first page", messages),
        ("paged deep", replace(messages, page=deep)),
        ("failed", replace(messages, state="failed")),
        ("one channel, paged deep", replace(messages, channel="email", page=deep // 3)),
        ("one playbook", replace(messages, playbook="too_hard")),
        ("one reason", replace(messages, reason="no_consent")),
        ("search", replace(messages, learner="ner-4711")),
    ):
        yield f"deliveries: {called}", partial(desk.deliveries.messages, "main", sent, NOW)
    yield "advisor desk: first page", partial(desk.advisors.tasks, "main", tasks, NOW)
    yield "advisor desk: done", partial(desk.advisors.tasks, "main", replace(tasks, state="done"), NOW)
    yield "evidence", partial(desk.evidence.evidence, "main")
    yield "weekly review", partial(desk.weekly.review, "main", TODAY - timedelta(days=7))
    views, every = PageViews(home.database), PageWish()
    long_ago = (NOW - timedelta(days=350), "")
    for called, page in (("alerts", views.alerts), ("messages", views.messages)):
        yield f"API {called}: first page", partial(page, "main", every, None, 100)
        yield f"API {called}: goes on deep", partial(page, "main", every, long_ago, 100)


def timed(question: Callable[[], object]) -> tuple[float, float]:
    """Return the processor time of this process and the seconds by the clock."""
    spent, clock = time.process_time(), time.perf_counter()
    question()
    return time.process_time() - spent, time.perf_counter() - clock


@contextmanager
def server() -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    own = PostgresServer(programs, ("fsync=on", "shared_buffers=1GB", "max_wal_size=4GB", "work_mem=16MB"))
    try:
        yield own
    finally:
        own.stop()


if __name__ == "__main__":
    main()
