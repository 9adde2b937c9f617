"""Exports of one home: what was found, done and kept, as Parquet or CSV, read and written part by part.

Each kind has a schema of its own (docs/api-reading.md); its version stands in the file's metadata and is raised when a
column changes its name, type or meaning. Columns may be added under the same version.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from staycourse.adapters.shelf import PassingFolder, RiskReader, clear_left, half_written
from staycourse.adapters.store.views import PageViews, PageWish
from staycourse.app.homes.home import Home
from staycourse.kernel import BadInput, StorageFault, as_wording, day_start, worded
from staycourse.risk import RISKS_SCHEMA

VERSION: Final = 1
AT_ONCE: Final = 5_000
"""Rows of the store that are read at once."""

SUFFIXES: Final = (".parquet", ".csv")

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_TEXT, _DAY, _WHOLE, _SHARE = pa.string(), pa.date32(), pa.int64(), pa.float64()


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: how many rows, and where."""

    kind: str
    place: Path
    rows: int


@dataclass(frozen=True, slots=True)
class _Kind:
    schema: pa.Schema
    read: Callable[[Home, str, date, date], Iterator[pa.Table]]


def export(
    home: Home, tenant: str, kind: str, place: Path, first: date | None = None, last: date | None = None
) -> Export:
    """Write one kind (of EXPORTS) into `place`, a .parquet or .csv file, or a folder; days from `first` to `last`.

    The file appears whole or not at all. BadInput for an unknown kind or suffix.
    """
    if kind not in EXPORTS:
        raise BadInput(
            worded("there is no export {kind!r}", kind=kind[:40]),
            where="kind",
            mend=worded("use one of {choices}", choices=", ".join(EXPORTS)),
        )
    if place.is_dir() or not place.suffix:
        place = place / f"{kind}.parquet"
    if place.suffix not in SUFFIXES:
        raise BadInput(
            worded("{suffix!r} is not written", suffix=place.suffix[:20]),
            where="--out",
            mend="name it .parquet or .csv",
        )
    if first and last and last < first:
        raise BadInput("it lies before the first", where="last", mend="check both days")
    form = EXPORTS[kind]
    tables = form.read(home, tenant, first or date.min, last or date.max)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return Export(kind, place, _write(place, _marked(form.schema, kind), tables))
    except OSError as error:
        raise StorageFault(
            worded("cannot be written: {why}", why=as_wording(error.strerror)),
            where=str(place),
            mend="check the folder",
        ) from None


def export_to_send(
    home: Home, tenant: str, kind: str, first: date | None = None, last: date | None = None
) -> tuple[Export, Callable[[], None]]:
    """Write one kind as `export` does, into the home, and return it with what to call once it was sent: it then goes.

    What a process that was killed left there goes before.
    """
    folder = PassingFolder(home.path)
    try:
        return export(home, tenant, kind, folder.path / f"{kind}.parquet", first, last), folder.close
    except BaseException:
        folder.close()
        raise


def clear_left_exports(home: Home) -> None:
    """Remove exports that were written to be sent, and whose process is gone."""
    clear_left(home.path)


def _marked(schema: pa.Schema, kind: str) -> pa.Schema:
    return schema.with_metadata({"staycourse.export": kind, "staycourse.version": str(VERSION)})


def _write(place: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> int:
    """Write tables one after the other beside the place, then put them there; what a killed process left goes."""
    flat = _flat(schema) if place.suffix == ".csv" else schema
    rows = 0
    with half_written(place) as fresh:
        with _writer(fresh, place.suffix, flat) as writer:
            for table in tables:
                whole = table.select(schema.names).cast(schema)
                writer.write_table(_as_text(whole, flat) if flat is not schema else whole)
                rows += table.num_rows
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        fresh.replace(place)
    return rows


def _writer(place: Path, suffix: str, schema: pa.Schema) -> Any:
    return csv.CSVWriter(place, schema) if suffix == ".csv" else pq.ParquetWriter(place, schema, compression="zstd")


def _flat(schema: pa.Schema) -> pa.Schema:
    """Return a schema for CSV: lists and records are JSON in it."""
    return pa.schema([(field.name, _TEXT if pa.types.is_nested(field.type) else field.type) for field in schema])


def _as_text(table: pa.Table, flat: pa.Schema) -> pa.Table:
    columns = [
        pa.array([None if value is None else msgspec.json.encode(value).decode() for value in table[name].to_pylist()],
                 _TEXT) if pa.types.is_nested(table.schema.field(name).type) else table[name]
        for name in flat.names
    ]  # fmt: skip
    return pa.table(columns, schema=flat)


def _risks(home: Home, tenant: str, first: date, last: date) -> Iterator[pa.Table]:
    reader = RiskReader()
    for day in home.shelf.risk_days(tenant):
        if first <= day <= last:
            yield from reader.groups(home.shelf.risk_file(tenant, day))


def _signals(home: Home, tenant: str, first: date, last: date) -> Iterator[pa.Table]:
    """The newest night's within the days: one row a signal of an enrolment, so that the columns stay as signals come.

    They are computed anew, all enrolments together, as the night does.
    """
    days = [day for day in home.shelf.risk_days(tenant) if first <= day <= last]
    if not days:
        return
    found = home.engine.signals(tenant, days[-1], home.store.courses(tenant))
    names = [name for name in found.column_names if name not in ("learner", "course", "enrolled_on", "course_day")]
    for name in names:
        some = found.filter(pc.is_valid(found[name]))
        count = some.num_rows
        columns = [some["learner"], some["course"], pa.repeat(pa.scalar(days[-1], _DAY), count),
                   pa.repeat(pa.scalar(name), count), some[name].cast(_SHARE)]  # fmt: skip
        yield pa.table(columns, schema=SIGNALS)


def _events(home: Home, tenant: str, first: date, last: date) -> Iterator[pa.Table]:
    """Those in the lake; what waits in the log comes with the next compaction. The days are the events' own."""
    for file in home.lake.files(tenant):
        with pq.ParquetFile(file.path) as parts:
            for number in range(parts.num_row_groups):
                group = parts.read_row_group(number, columns=EVENTS.names, use_threads=False)
                day = group["event_day"]
                within = pc.and_(pc.greater_equal(day, pa.scalar(first)), pc.less_equal(day, pa.scalar(last)))
                yield group.filter(within)


def _paged(
    schema: pa.Schema, page: Callable[[PageViews, str, PageWish, Any], Sequence[Any]], keys: tuple[str, ...], at: str
) -> Callable[[Home, str, date, date], Iterator[pa.Table]]:
    """Return what reads the store page by page, within the tenant's own days by the instant `at`."""

    def read(home: Home, tenant: str, first: date, last: date) -> Iterator[pa.Table]:
        views, where = PageViews(home.database), home.zone_of(tenant)
        since = day_start(first, where) if first > date.min else None
        until = day_start(last + timedelta(days=1), where) if last < date.max else None
        after: tuple[Any, ...] | None = None
        while rows := page(views, tenant, PageWish(since=since), after):
            after = tuple(rows[-1][key] for key in keys)
            kept = [row for row in rows if not at or until is None or row[at] < until]
            yield _table(schema, kept)

    return read


def _table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns = [pa.array([_plain(row[field.name]) for row in rows], field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _plain(value: Any) -> Any:
    """Return a value as its column keeps it: records of the store's own as JSON."""
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _columns(**types: str) -> pa.Schema:
    """Return a schema from the names of types, each of which may list several columns."""
    kinds = {"texts": _TEXT, "moments": _MOMENT, "days": _DAY, "wholes": _WHOLE, "shares": _SHARE,
             "flags": pa.bool_(), "lists": pa.list_(_TEXT)}  # fmt: skip
    return pa.schema([(name, kinds[kind]) for kind, names in types.items() for name in names.split()])


ALERTS: Final = _columns(
    texts="alert learner course cause tier trigger state suggestion owner closed_by arm playbook withheld settled basis"
    " outcome why channel currency",
    shares="risk priority", lists="rules reasons", moments="opened due taken closed judged",
    days="as_of seen_on judged_on contacted_on", wholes="policy_version horizon_days lead_days cost_minor",
)  # fmt: skip
JOURNEYS: Final = _columns(
    wholes="journey version", texts="learner course playbook entry alert cause tier arm state reason step",
    moments="entered left_at due",
)  # fmt: skip
MESSAGES: Final = _columns(
    texts="key learner course playbook purpose template state reason channel day error",
    moments="created due sent", wholes="journey attempts",
)  # fmt: skip
LEARNERS: Final = _columns(
    texts="learner name currency country zone language guardian birthday email phone", wholes="paid_minor birth_year",
    days="joined_on", flags="consent",
)  # fmt: skip
OUTCOMES: Final = _columns(
    texts="learner playbook tier arm judged_by outcome why currency", days="as_of due_on judged_on",
    flags="unsubscribed complained", wholes="cost_minor",
)  # fmt: skip
SIGNALS: Final = (
    _columns(texts="learner course", days="as_of").append(pa.field("signal", _TEXT)).append(pa.field("value", _SHARE))
)
EVENTS: Final = pa.schema([
    ("event_id", _TEXT), ("learner", _TEXT), ("course", _TEXT), ("verb", _TEXT), ("object", _TEXT), ("value", _WHOLE),
    ("time", _MOMENT), ("received", _MOMENT), ("event_day", _DAY), ("source", _TEXT), ("backfill", pa.bool_()),
    ("attributes", _TEXT), ("feeling", pa.int8()),
])  # fmt: skip


def _alerts(views: PageViews, tenant: str, wish: PageWish, after: Any) -> Sequence[Any]:
    """Return a page of alerts; a risk that nothing has computed is not known, which is not 0.0 (as the API says it)."""
    return [{**row, "risk": row["risk"] or None} for row in views.alerts(tenant, wish, after, AT_ONCE)]


def _journeys(views: PageViews, tenant: str, wish: PageWish, after: Any) -> Sequence[Any]:
    return views.journeys(tenant, wish, after, AT_ONCE)


def _messages(views: PageViews, tenant: str, wish: PageWish, after: Any) -> Sequence[Any]:
    return views.messages(tenant, wish, after, AT_ONCE)


def _outcomes(views: PageViews, tenant: str, _wish: PageWish, after: Any) -> Sequence[Any]:
    return views.endings(tenant, after, AT_ONCE)


def _learners(views: PageViews, tenant: str, _wish: PageWish, after: Any) -> Sequence[Any]:
    return views.learners(tenant, after, AT_ONCE)


EXPORTS: Final[Mapping[str, _Kind]] = {
    "risks": _Kind(RISKS_SCHEMA, _risks),
    "alerts": _Kind(ALERTS, _paged(ALERTS, _alerts, ("opened", "alert"), "opened")),
    "journeys": _Kind(JOURNEYS, _paged(JOURNEYS, _journeys, ("journey",), "entered")),
    "messages": _Kind(MESSAGES, _paged(MESSAGES, _messages, ("created", "key"), "created")),
    "outcomes": _Kind(OUTCOMES, _paged(OUTCOMES, _outcomes, ("learner", "playbook"), "")),
    "signals": _Kind(SIGNALS, _signals),
    "learners": _Kind(LEARNERS, _paged(LEARNERS, _learners, ("learner",), "")),
    "events": _Kind(EVENTS, _events),
}
"""Every kind of export, with its schema."""
