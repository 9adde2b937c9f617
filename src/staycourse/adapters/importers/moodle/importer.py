"""Rows of the log store as events: the rules of the translation are in table.py and docs/importing.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.cells import as_name
from staycourse.adapters.importers.drafts import Drafts, Origin
from staycourse.adapters.importers.json_rows import ARRAY, json_rows
from staycourse.adapters.importers.lines import files_of
from staycourse.adapters.importers.mapping import FileMapping, TimeRule, read_mapping, require_columns, time_reader
from staycourse.adapters.importers.moodle.other import read_other
from staycourse.adapters.importers.moodle.table import ANY_ACTIVITY_VIEWED, VERB_BY_NAME
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.steps import Draft, Told, Walk
from staycourse.adapters.importers.table_files import Batch, TableFile, open_table
from staycourse.events import VERBS_BY_NAME
from staycourse.kernel import BadInput, natural_id

SOURCE = "moodle"
NEEDED = ("eventname", "userid", "courseid", "timecreated")
FIELDS = (
    *NEEDED, "id", "component", "contextinstanceid", "contextlevel", "objecttable", "objectid", "relateduserid",
    "realuserid", "anonymous", "other",
)  # fmt: skip
REPORT = ("Event context", "Event name", "Description")
"""Columns of the report of Moodle's page Logs, in English."""

PHPMYADMIN = re.compile(rb'\s*\[\s*\{\s*"type"\s*:\s*"header".{0,20000}?"data"\s*:\s*\[', re.DOTALL)
NOTHING = frozenset(("", "NULL", "\\N", "null", "0", "-1"))
MOST_NAMES = 10_000
MOST_ROWS = 15_000
"""Rows read at once: they are wide."""
GUEST = "1"
SITE = "1"
_MODULE_LEVEL = "70"
_COMPLETE = ("1", "2", "3")
Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MoodleImporter:
    """Reads an export of the table mdl_logstore_standard_log: CSV, JSON (lines or an array) or Parquet.

    Positions count its rows.
    """

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        mapping = read_mapping(options.mapping, FIELDS)
        reader = Reader(mapping, options)
        if path.name.lower().endswith((".json", ".json.gz")):
            walk = Walk(options, rejects, progress, SOURCE, CHUNK_ROWS, str(path))
            return walk.chunks(_json(path), reader.tell, resume_after)
        table = open_table(path, delimiter=mapping.delimiter)
        _no_report(table)
        require_columns(table, mapping, NEEDED)
        return _tabled(table, reader, rejects, progress, resume_after)


def _no_report(table: TableFile) -> None:
    if table.columns is not None and set(REPORT) <= set(table.columns):
        raise BadInput(
            "this is the report of Moodle's page Logs, which names people and courses by their titles, in words of one "
            "language, without ids",
            where=str(table.path),
            mend="export the table mdl_logstore_standard_log (see docs/importing.md)",
        )


def _json(path: Path) -> Iterator[tuple[Origin, tuple[Any, str]]]:
    for file in files_of(path, (".json",)):
        for row in json_rows(file, "", (PHPMYADMIN, ARRAY)):
            yield Origin("", row.number, row.raw or row.value), (row.value, row.fault)


def _tabled(
    table: TableFile, reader: Reader, rejects: Rejects, progress: Progress, resume_after: int
) -> Iterator[Chunk]:
    readable = resume_after > 0
    for batch in table.batches(rejects, resume_after, most=MOST_ROWS):
        drafts = Drafts(reader.options.source or SOURCE)
        for index, cells in enumerate(reader.rows(batch)):
            told = reader.row(cells)
            readable = readable or not told.unreadable()
            for name, reason in told.faults:
                rejects.add(batch.lines[index], name, reason, batch.row(index))
            for kind in told.unused:
                rejects.leave(kind[:100])
            for draft in told.drafts:
                drafts.add(Origin("", batch.lines[index], _Place(batch, index)), **draft)
        if batch.lines and not readable:
            raise BadInput("none of its first rows can be read", where=str(table.path), mend="check the export")
        yield Chunk(batch.position, drafts.take(reader.options.now, rejects))
        progress(batch.position, table.rows)


@dataclass(frozen=True, slots=True)
class _Place:
    """A row by its place, put together only if it must be shown."""

    batch: Batch
    index: int

    def __str__(self) -> str:
        return str(self.batch.row(self.index))


class Reader:
    """Reads rows of the log store, one after another."""

    def __init__(self, mapping: FileMapping, options: ImportOptions) -> None:
        self.mapping = mapping
        self.options = options
        self._names = [(field, mapping.columns.get(field, field)) for field in FIELDS]
        self._own = time_reader(mapping.time, options.zone)
        self._unix = time_reader(TimeRule("unix_seconds"), options.zone)
        self._verbs: dict[str, tuple[str, str]] = {}

    def rows(self, batch: Batch) -> Iterator[Cells]:
        """Yield the rows of a batch by our names of the columns."""
        present = [(ours, batch.columns[theirs]) for ours, theirs in self._names if theirs in batch.columns]
        names = [ours for ours, _ in present]
        for cells in zip(*(cells for _, cells in present), strict=True):
            yield dict(zip(names, cells, strict=True))

    def tell(self, given: tuple[Any, str]) -> Told:
        """Tell one JSON value."""
        row, fault = given
        if fault or not isinstance(row, dict):
            return Told(faults=[("", fault or "it is not a JSON object")])
        return self.row({ours: row.get(theirs) for ours, theirs in self._names})

    def row(self, cells: Cells) -> Told:
        """Tell one row."""
        if constants := self.mapping.constants:
            cells = {name: constants.get(name) if cell in (None, "") else cell for name, cell in cells.items()}
        given = cells.get("eventname")
        if not isinstance(given, str) or not given:
            return Told(faults=[("eventname", "it is missing")])
        name, verb = self._verbs.get(given) or self._named(given)
        moment = self._moment(cells.get("timecreated"))
        if moment is None:
            return Told(faults=[("timecreated", f"{str(cells.get('timecreated'))[:60]!r} is not a time")])
        if not verb:
            return Told(unused=[name])
        found = _draft(cells, name, verb, moment)
        return Told(unused=[found]) if isinstance(found, str) else Told([found])

    def _named(self, given: str) -> tuple[str, str]:
        """Return an event's name, however its backslashes were written, and our verb; remembered, within bounds."""
        name = given.replace("\\\\", "\\")
        found = name, self.mapping.verbs.get(name, _verb(name))
        if len(self._verbs) < MOST_NAMES:
            self._verbs[given] = found
        return found

    def _moment(self, cell: Any) -> datetime | None:
        plain = isinstance(cell, int | float) or (isinstance(cell, str) and cell.strip().isdecimal())
        read = self._unix if plain and self.mapping.time.format == "iso" else self._own
        found = read(cell.strip() if isinstance(cell, str) else cell)
        return found if isinstance(found, datetime) else None


def _verb(name: str) -> str:
    """Return our verb of an event's name, "" for none."""
    if verb := VERB_BY_NAME.get(name):
        return verb
    parts = name.split("\\")
    viewed = len(parts) == 4 and parts[1].startswith("mod_") and parts[3] == ANY_ACTIVITY_VIEWED
    return "content_viewed" if viewed else ""


def _draft(cells: Cells, name: str, verb: str, moment: datetime) -> Draft | str:
    """Return the draft of a row, or why it is none of the learner's.

    What a learner does counts only where the learner did it: not done by someone logged in as them (`realuserid`), nor
    for them by another (`relateduserid`). What befalls a learner (an enrolment) is told of `relateduserid`.
    """
    user, related = _id(cells.get("userid")), _id(cells.get("relateduserid"))
    own = VERBS_BY_NAME[verb].presence
    if own and _id(cells.get("realuserid")):
        return "done by another, logged in as the learner"
    if own and related and related != user:
        return f"{name} done for another"
    learner = user if own else related or user
    if not learner or learner == GUEST or _id(cells.get("anonymous")):
        return "of a guest, of nobody, or anonymous"
    course = _id(cells.get("courseid"))
    course = "" if course == SITE else course
    if not course and VERBS_BY_NAME[verb].needs_course:
        return f"{name} of no course"
    if verb == "lesson_completed" and not _completed(name, cells.get("other")):
        return f"{name} to another state"
    key = [_id(cells.get(part)) for part in ("id", "contextinstanceid", "objectid")]
    return {
        "event_id": natural_id(SOURCE, *key, moment.isoformat(), name, user, related), "learner": learner, "verb": verb,
        "time": moment, "course": course, "object": _object(cells, verb),
        "value": 1 if VERBS_BY_NAME[verb].unit == "clicks" else None,
    }  # fmt: skip


def _completed(name: str, other: Any) -> bool:
    if not name.endswith("course_module_completion_updated"):
        return True
    return str(read_other(other).get("completionstate")) in _COMPLETE


def _object(cells: Cells, verb: str) -> str:
    """Return the activity, by its course module's number, else the row's object: `mod_quiz/12`, `course/3`."""
    if verb in ("logged_in", "enrolled", "withdrawn", "course_completed"):
        return ""
    if _id(cells.get("contextlevel")) in ("", _MODULE_LEVEL) and (module := _id(cells.get("contextinstanceid"))):
        return f"{as_name(cells.get('component')) or 'module'}/{module}"[:500]
    thing = _id(cells.get("objectid"))
    return f"{as_name(cells.get('objecttable')) or 'object'}/{thing}"[:500] if thing else ""


def _id(cell: Any) -> str:
    """Return a number of the database as text; "" for none, for 0 and for -1 (the system)."""
    if cell is None:
        return ""
    found = cell if type(cell) is str else as_name(cell)
    return found.strip() if isinstance(found, str) and found.strip() not in NOTHING else ""
