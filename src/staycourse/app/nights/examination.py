"""Is a home well? What `staycourse doctor` tells."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Literal

from staycourse import __version__
from staycourse.app.care.clocks import clock_is_ahead, clock_trouble, ticked_ahead
from staycourse.app.homes.gauges import disk_is_full
from staycourse.app.homes.home import Home
from staycourse.app.homes.keeping import others_may_read
from staycourse.app.policies import load_fitting, unaccepted
from staycourse.kernel import StaycourseError, Wording, as_wording, last_whole_day, local_day, worded

State = Literal["ok", "warn", "bad"]
LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "pyarrow", "sqlalchemy")
LOW_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `detail` is facts and figures, `worded` so that they can be said in another language."""

    check: str
    state: State
    detail: str


Check = Callable[[Home], tuple[State, str]]


def examine(home: Home) -> list[Finding]:
    """Look at everything that can go wrong in a home, change nothing, and tell each as one finding."""
    checks: tuple[tuple[str, Check], ...] = (
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


def _find(home: Home, name: str, check: Check) -> Finding:
    try:
        state, detail = check(home)
    except StaycourseError as error:
        state, detail = "bad", error.line()
    return Finding(name, state, detail)


def _versions(_home: Home) -> tuple[State, str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return "ok", f"staycourse {__version__}, Python {platform.python_version()}, {libraries}"  # names alone


def _home(home: Home) -> tuple[State, str]:
    told = worded("{path}, tenant {tenant}, {zone}", path=home.path, tenant=home.tenant, zone=home.zone.key)
    if not others_may_read(home.path):
        return "ok", told
    open_to_all = worded(
        "everybody on this machine may read it, and it holds personal data: `chmod -R o-rwx {path}`", path=home.path
    )
    return "warn", _joined(told, [open_to_all])


def _store(home: Home) -> tuple[State, str]:
    runs = home.store.runs(home.tenant, limit=1)
    newest = worded("newest night {day}", day=runs[0].as_of) if runs else worded("no night yet")
    told = worded(
        "{version} at {where}, courses: {courses}, {newest}",
        version=home.database.version(), where=home.database.where, newest=newest,
        courses=len(home.store.courses(home.tenant)),
    )  # fmt: skip
    return "ok", told


def _log(home: Home) -> tuple[State, str]:
    health = home.log_health()
    told = worded(
        "segments: {segments}, bytes: {bytes:,}, events waiting: {events:,}",
        segments=health.segments, bytes=health.bytes, events=health.events_waiting,
    )  # fmt: skip
    return ("warn", _joined(told, health.healed)) if health.healed else ("ok", told)


def _lake(home: Home) -> tuple[State, str]:
    health = home.lake.health()
    told = worded(
        "files: {files}, events: {rows:,}, bytes: {bytes:,}", files=health.files, rows=health.rows, bytes=health.bytes
    )
    if not home.writing:  # another process may be publishing just now: what looks wrong may be half done
        return "ok", told
    wrong = home.lake.verify().wrong
    return ("bad", _joined(told, wrong)) if wrong else ("ok", told)


def _disk(home: Home) -> tuple[State, str]:
    usage = shutil.disk_usage(home.path)
    state: State = "bad" if disk_is_full(home) else "warn" if usage.free < LOW_DISK else "ok"
    return state, worded("{free:.1f} GiB free", free=usage.free / 1024**3)


def _clock(home: Home) -> tuple[State, str]:
    now = home.settings.clock.now()
    span = home.engine.span(home.tenant)
    told = now.isoformat(timespec="seconds")
    trouble = clock_trouble(home)
    if trouble is not None:
        return "bad" if ticked_ahead(home) is not None or clock_is_ahead(home, now) else "warn", trouble
    if span is not None and span.last_ingest_day > local_day(now, home.zone) + timedelta(days=1):
        until = span.last_ingest_day
        return "warn", worded("{now}, yet events arrived up to {until}: is the clock right?", now=told, until=until)
    runs, newest = home.store.runs(home.tenant, limit=1), last_whole_day(now, home.zone)
    if runs and runs[0].as_of > newest:
        day = runs[0].as_of
        return "warn", worded("{now}, yet a night was run as of {day}: until then it is the newest", now=told, day=day)
    return "ok", told


def _policy(home: Home) -> tuple[State, str]:
    fresh, source = home.policy_file()
    policy, (_, warnings) = home.policy(home.tenant), load_fitting(home, fresh, source)
    told = worded(
        "version {version}, horizon in days: {days}, rules: {rules}",
        version=policy.version, days=policy.churn.horizon_days, rules=len(policy.rules),
    )  # fmt: skip
    differs = unaccepted(home)
    more = (*([differs] if differs else ()), *warnings)
    return ("warn", _joined(told, more)) if more else ("ok", told)


def _joined(told: Wording, more: Iterable[str]) -> Wording:
    """Return several texts in one line."""
    for text in more:
        told = worded("{text}; {mend}", text=told, mend=as_wording(text))
    return told
