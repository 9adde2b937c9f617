"""Is a home well? What `staycourse doctor` tells."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Literal

from staycourse import __version__
from staycourse.app.homes.home import Home
from staycourse.kernel import StaycourseError, local_day

State = Literal["ok", "warn", "bad"]
LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "pyarrow", "sqlalchemy")
LOW_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `detail` is facts and figures."""

    check: str
    state: State
    detail: str


def examine(home: Home) -> list[Finding]:
    """Look at everything that can go wrong in a home, change nothing, and tell each as one finding."""
    checks: tuple[tuple[str, Callable[[Home], tuple[State, str]]], ...] = (
        ("versions", _versions),
        ("home", _home),
        ("store", _store),
        ("log", _log),
        ("lake", _lake),
        ("disk", _disk),
        ("clock", _clock),
        ("policy", _policy),
    )
    return [_find(home, name, check) for name, check in checks]


def _find(home: Home, name: str, check: Callable[[Home], tuple[State, str]]) -> Finding:
    try:
        state, detail = check(home)
    except StaycourseError as error:
        state, detail = "bad", error.line()
    return Finding(name, state, detail)


def _versions(_home: Home) -> tuple[State, str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return "ok", f"staycourse {__version__}, Python {platform.python_version()}, {libraries}"


def _home(home: Home) -> tuple[State, str]:
    return "ok", f"{home.path} (tenant {home.tenant}, {home.zone.key})"


def _store(home: Home) -> tuple[State, str]:
    runs = home.store.runs(home.tenant, limit=1)
    newest = f"newest night {runs[0].as_of}" if runs else "no night yet"
    kind = f"{home.database.version()} at {home.database.where}"
    return "ok", f"{kind}, {len(home.store.courses(home.tenant))} courses, {newest}"


def _log(home: Home) -> tuple[State, str]:
    health = home.log_health()
    told = f"{health.segments} segments, {health.bytes:,} bytes, {health.events_waiting:,} events waiting"
    return ("warn", "; ".join((told, *health.healed))) if health.healed else ("ok", told)


def _lake(home: Home) -> tuple[State, str]:
    health = home.lake.health()
    told = f"{health.files} files, {health.rows:,} events, {health.bytes:,} bytes"
    if not home.writing:  # another process may be publishing just now: what looks wrong may be half done
        return "ok", told
    wrong = home.lake.verify().wrong
    return ("bad", "; ".join((told, *wrong))) if wrong else ("ok", told)


def _disk(home: Home) -> tuple[State, str]:
    usage = shutil.disk_usage(home.path)
    return ("warn" if usage.free < LOW_DISK else "ok"), f"{usage.free / 1024**3:.1f} GiB free"


def _clock(home: Home) -> tuple[State, str]:
    now = home.settings.clock.now()
    span = home.engine.span(home.tenant)
    told = now.isoformat(timespec="seconds")
    if span is not None and span.last_ingest_day > local_day(now, home.zone) + timedelta(days=1):
        return "warn", f"{told}, yet events arrived up to {span.last_ingest_day}: is the clock right?"
    return "ok", told


def _policy(home: Home) -> tuple[State, str]:
    home.policy_file()
    policy = home.policy(home.tenant)
    return "ok", f"version {policy.version}, horizon {policy.churn.horizon_days} days, {len(policy.rules)} rules"
