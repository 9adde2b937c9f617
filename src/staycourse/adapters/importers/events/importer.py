"""The events file: a row is an event. Foreign names, verbs and units are told by a mapping file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staycourse.adapters.importers.base import Chunk, ImportOptions, Progress
from staycourse.adapters.importers.build import build_events
from staycourse.adapters.importers.cells import as_attributes, as_name, as_whole
from staycourse.adapters.importers.mapping import (
    ATTRIBUTE,
    FileMapping,
    column,
    read_mapping,
    require_columns,
    time_reader,
    unread_columns,
)
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.table_files import Batch, open_table
from staycourse.events import NO_TIME, SCHEMA_VERSION, Event
from staycourse.kernel import natural_id

SOURCE = "events"
NEEDED = ("learner", "verb", "time")
FIELDS = (
    *NEEDED, "event_id", "course", "object", "value", "received", "source", "attributes", "schema_version",
)  # fmt: skip
_TEXT = frozenset((str, type(None)))
_NAMES = ("learner", "verb", "event_id", "course", "object", "source")


@dataclass(frozen=True, slots=True)
class EventsImporter:
    """Reads one file of events. Positions count its rows."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        mapping = read_mapping(options.mapping, FIELDS)
        table = open_table(path, delimiter=mapping.delimiter)
        require_columns(table, mapping, NEEDED)
        rejects.unread = unread_columns(table, mapping, FIELDS)
        for batch in table.batches(rejects, resume_after):
            yield Chunk(batch.position, _events(batch, mapping, options, rejects))
            progress(batch.position, table.rows)


def _events(batch: Batch, mapping: FileMapping, options: ImportOptions, rejects: Rejects) -> list[Event]:
    columns = _columns(batch, mapping, options)
    kept = [index for index, verb in enumerate(columns["verb"]) if verb != ""]
    if len(kept) < len(batch.lines):  # verbs that the mapping leaves out
        columns = {name: [cells[index] for index in kept] for name, cells in columns.items()}

    def refuse(index: int, field: str, reason: str) -> None:
        rejects.add(batch.lines[kept[index]], field, _plainly(field, reason, mapping), batch.row(kept[index]))

    return build_events(columns, options.now, refuse)


def _plainly(field: str, reason: str, mapping: FileMapping) -> str:
    """Return why a cell is refused in the words of who made the file: of their own format of times, not of ours."""
    if field in ("time", "received") and reason == NO_TIME and mapping.time.format != "iso":
        return f"it does not read as the mapping's format {mapping.time.format}"
    return reason


def _columns(batch: Batch, mapping: FileMapping, options: ImportOptions) -> dict[str, list[Any]]:
    rows = len(batch.lines)
    cells = {field: column(batch.columns, mapping, field, rows) or [None] * rows for field in FIELDS}
    for field in _NAMES:
        if not _TEXT.issuperset(map(type, cells[field])):  # CSV cells are text already
            cells[field] = [as_name(cell) for cell in cells[field]]
    for field in ("course", "object"):
        cells[field] = ["" if cell is None else cell for cell in cells[field]]
    # "" marks a verb that the mapping leaves out; a verb that is empty in the file is missing.
    cells["verb"] = [
        mapping.verbs.get(verb, verb) if isinstance(verb, str) and verb else None for verb in cells["verb"]
    ]
    read_time = time_reader(mapping.time, options.zone)
    cells["time"] = [read_time(cell) for cell in cells["time"]]
    # History was known when it happened, unless the file says otherwise.
    cells["received"] = [
        happened if cell is None else read_time(cell)
        for happened, cell in zip(cells["time"], cells["received"], strict=True)
    ]
    multiply = mapping.multiply
    cells["value"] = [
        as_whole(cell, multiply.get(verb)) for cell, verb in zip(cells["value"], cells["verb"], strict=True)
    ]
    cells["attributes"] = _attributes(batch, mapping, cells["attributes"])
    cells["source"] = [cell or options.source or SOURCE for cell in cells["source"]]
    cells["backfill"] = [True] * rows
    _check_version(cells)
    cells["event_id"] = _ids(cells)
    return cells


def _attributes(batch: Batch, mapping: FileMapping, cells: list[Any]) -> list[Any]:
    told = {name.removeprefix(ATTRIBUTE): name for name in batch.columns if name.startswith(ATTRIBUTE)}
    named = told | dict(mapping.attributes)
    attributes = [{} if cell is None else as_attributes(cell) for cell in cells]
    for name, theirs in named.items():
        for index, cell in enumerate(batch.columns.get(theirs, ())):
            if cell is not None and isinstance(attributes[index], dict):
                attributes[index] = attributes[index] | as_attributes({name: cell})
    return attributes


def _check_version(cells: dict[str, list[Any]]) -> None:
    """Take the column `schema_version` out; a row of another version keeps no verb that could be understood."""
    for index, version in enumerate(cells.pop("schema_version")):
        if version is not None and as_whole(version) != SCHEMA_VERSION:
            cells["verb"][index] = f"of schema version {version}"


def _ids(cells: dict[str, list[Any]]) -> list[Any]:
    """Give a row without an id the id of its own content: the same row, in whatever file, is the same fact."""
    content = zip(
        cells["event_id"], cells["learner"], cells["verb"], cells["time"], cells["course"], cells["object"],
        cells["value"], cells["attributes"], strict=True,
    )  # fmt: skip
    return [
        natural_id("event", *parts, sorted(attributes.items()) if isinstance(attributes, dict) else attributes)
        if event_id is None
        else event_id
        for event_id, *parts, attributes in content
    ]
