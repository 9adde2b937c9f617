"""The small platform as an open home, and one learner of it of whom something is held in every place there is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from small_platform import NOW
from sqlalchemy import JSON as Json
from sqlalchemy import Boolean, Date, Float, Integer, LargeBinary, Table

from staycourse.adapters.store import Database, insert_new, schema
from staycourse.adapters.store.erasing import learner_tables
from staycourse.adapters.store.schema import Instant, Moment
from staycourse.app.homes import Home
from staycourse.app.homes import home as home_module
from staycourse.app.nights.compaction import take_in
from staycourse.events import Event, Learner
from staycourse.kernel import FixedClock, Settings

GONE = "learner-04"
EMAIL, NAME, PHONE = "ada.byron@example.org", "Augusta Byron", "+49 30 901820"
NAMES = (GONE, EMAIL, NAME, PHONE)


def settings_at(place: Path, **more: Any) -> Settings:
    """Return the settings of a home at `place`, at the platform's time."""
    return Settings(place, "main", "UTC", FixedClock(datetime.fromisoformat(NOW)), 1, 1, **more)


@contextmanager
def open_platform(place: Path, database: Database | None, events: Sequence[dict[str, Any]]) -> Iterator[Home]:
    """Open a home at `place` with the platform's events in its lake; its store is `database`, else its own."""
    settings = settings_at(place)
    opened = Home(settings, writing=True) if database is None else _over(settings, database)
    try:
        backfill = [msgspec.convert(event | {"backfill": True}, Event, strict=False) for event in events]
        opened.log.append("main", backfill)
        take_in(opened)
        yield opened
    finally:
        opened.close()


def fill_store(home: Home) -> None:
    """Leave something of the learner (and of another) in every table, file and corner of the home."""
    for learner, name, email, phone in ((GONE, NAME, EMAIL, PHONE), ("learner-05", "Bo", "bo@example.org", "+49 111")):
        home.store.put_learners("main", [Learner(learner=learner, name=name, email=email, phone=phone)])
        with home.database.writing() as connection:
            for number, table in enumerate(learner_tables()):
                if table.name != "learners":
                    insert_new(connection, table, [_row(table, learner, email, number)])
        at = datetime(2024, 3, 9, 12, tzinfo=UTC)
        home.log.append("main", [Event(event_id=f"waiting-{learner}", learner=learner, verb="logged_in", time=at)])
    _corners(home)


def _corners(home: Home) -> None:
    lines = [{"tenant": "main", "key": one, "learner": one, "address": EMAIL if one == GONE else "b"} for one in
             ("learner-05", GONE, "learner-06")]  # fmt: skip
    (home.path / "outbox.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for folder in ("rejected", "log/damaged"):
        (home.path / folder).mkdir(exist_ok=True)
    (home.path / "rejected" / "x.csv").write_text(
        f"line,field,reason,row,file\n2,time,late,\"{{'learner': '{GONE}'}}\",\n3,time,late,learner-05,\n"
    )
    (home.path / "log" / "damaged" / "00000001-24.bytes").write_bytes(b"\xff\xfe" + GONE.encode() + b"\x00")
    (home.path / "log" / "damaged" / "00000002-24.bytes").write_bytes(b"\xff\xfe other")
    (home.path / "tenants" / "main" / "rollup" / "left.unfinished").write_text(GONE)
    (home.path / "tenants" / "main" / "risks" / "as_of=2024-01-01.fresh").write_text(GONE)
    with home.database.writing() as connection:
        connection.execute(schema.channels.insert().values(tenant="main", channel="email", last_error=f"550 <{EMAIL}>"))
        now = home.settings.clock.now()
        connection.execute(
            schema.imports.insert().values(
                tenant="main", fingerprint="f", format="events", name=f"{EMAIL}.csv", position=1, events=1, rejected=0,
                started=now,
            )
        )  # fmt: skip


def _row(table: Table, learner: str, email: str, number: int) -> dict[str, Any]:
    """Return a row of `table` with something in every column that must have something."""
    row: dict[str, Any] = {"tenant": "main", "learner": learner}
    for column in table.c:
        if column.name in row or (column.autoincrement is True and column.primary_key):
            continue
        if column.name == "target":
            row[column.name] = email
        elif not column.nullable and column.server_default is None:
            row[column.name] = _value(column.type, f"{learner}:{number}")
    if table.name == "audit":
        row |= {"actor": "op", "action": "learner.view"}
    if table.name == "messages":
        row["state"] = "sent"
    if table.name == "journey_endings":
        row["due_on"] = date(2024, 3, 15)
    if table.name == "journeys":
        row |= {"state": "active" if learner == GONE else "done", "exclusive": False}
    return row


def _value(kind: Any, text: str) -> Any:
    if isinstance(kind, Moment | Instant):
        return datetime(2024, 3, 1, tzinfo=UTC)
    for plain, value in ((Date, date(2024, 3, 1)), (Boolean, False), (Float, 0.5), (Json, {"about": text})):
        if isinstance(kind, plain):
            return value
    if isinstance(kind, LargeBinary):
        return text.encode()
    if isinstance(kind, Integer):
        return 1
    return text[: getattr(kind, "length", None) or 100]


def _over(settings: Settings, database: Database) -> Home:
    """Open a home over a store that is open already."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(home_module, "open_database", lambda _: database)
        return Home(settings, writing=True)
