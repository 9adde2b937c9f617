"""The mapping file: foreign names, verbs, units and times, told in TOML rather than in code. See docs/importing.md."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from staycourse.adapters.importers.table_files import TableFile
from staycourse.events import SCHEMA_VERSION, VERBS_BY_NAME, shape_error
from staycourse.kernel import BadInput, as_wording, worded, zone

ATTRIBUTE = "attributes."
"""What the name of a column begins with that is an attribute of an event."""

_MEND = "see docs/importing.md for what a mapping file says"


class TimeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How times are written: iso, unix_seconds, unix_milliseconds or a strptime pattern; `zone` where none is named."""

    format: str = "iso"
    zone: str = ""


class FileMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"schema_": "schema"}):
    """The file's form. `columns` and `attributes` say ours = "theirs", `verbs` theirs = "ours" ("" leaves rows out).

    `constants` fill what is missing or empty; `multiply` turns a foreign unit into the verb's; `delimiter` is of CSV.
    """

    schema_: int = SCHEMA_VERSION
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    verbs: dict[str, str] = {}
    constants: dict[str, str] = {}
    multiply: dict[str, float] = {}
    time: TimeRule = TimeRule()
    delimiter: str = ","


def read_mapping(path: Path | None, fields: Collection[str]) -> FileMapping:
    """Read the mapping file at `path` (none: names are ours); it may map `fields`. BadInput names the fault."""
    if path is None:
        return FileMapping()
    try:
        mapping = msgspec.convert(tomllib.loads(mapping_text(path)), FileMapping)
    except msgspec.ValidationError as error:
        found = shape_error(error)
        where = f"{path}: {found.where}" if found.where != "event" else str(path)
        raise BadInput(found.wording.what, where=where, mend=_MEND) from None
    except ValueError as error:  # not TOML
        raise BadInput(worded("the mapping file is wrong: {why}", why=as_wording(error)), where=str(path)) from None
    _check(mapping, fields, str(path))
    return mapping


def mapping_text(path: Path) -> str:
    """Return what a mapping file holds; BadInput where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput("there is no such mapping file", where=str(path), mend="check the path") from None
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text", where=str(path), mend="save it as UTF-8") from None
    except OSError as error:
        why = as_wording(error.strerror or str(error))
        raise BadInput(worded("the mapping file cannot be read: {why}", why=why), where=str(path)) from None


def _check(mapping: FileMapping, fields: Collection[str], where: str) -> None:
    if mapping.schema_ != SCHEMA_VERSION:
        raise BadInput(
            worded("schema {version} is not known", version=mapping.schema_),
            where=where,
            mend=worded("this version reads schema {known}", known=SCHEMA_VERSION),
        )
    for section, names in (("columns", mapping.columns), ("constants", mapping.constants)):
        for name in names:
            if name not in fields:
                raise BadInput(
                    worded("there is no field {name!r}", name=name[:60]),
                    where=f"{where}: {section}",
                    mend=worded("the fields are {choices}", choices=", ".join(fields)),
                )
    for verb in [*mapping.multiply, *(ours for ours in mapping.verbs.values() if ours)]:
        if verb not in VERBS_BY_NAME:
            raise BadInput(
                worded("there is no verb {verb!r}", verb=verb[:60]),
                where=worded("{where}: verbs", where=where),
                mend="see docs/events.md for the verbs",
            )
    if len(mapping.delimiter) != 1:
        raise BadInput("a delimiter is one character", where=worded("{where}: delimiter", where=where))
    if mapping.time.zone:
        zone(mapping.time.zone)


def require_columns(table: TableFile, mapping: FileMapping, needed: Sequence[str]) -> None:
    """Raise BadInput if a needed field has neither a column in `table` nor a constant."""
    if table.columns is None:
        return
    named = [*mapping.columns.values(), *mapping.attributes.values()]
    needs = [mapping.columns.get(field, field) for field in needed if field not in mapping.constants]
    for column in [*needs, *named]:
        if column not in table.columns:
            raise BadInput(
                worded("the column {column!r} is missing", column=column[:60]),
                where=str(table.path),
                mend="name the foreign columns in a mapping file (see docs/importing.md)",
            )


def unread_columns(table: TableFile, mapping: FileMapping, fields: Collection[str]) -> tuple[str, ...]:
    """Return the columns of `table` that no field is read from: `time_zone` where `zone` was meant goes by unseen."""
    read = {mapping.columns.get(field, field) for field in fields} | set(mapping.attributes.values())
    return tuple(name for name in table.columns or () if name not in read and not name.startswith(ATTRIBUTE))


def column(columns: Mapping[str, Sequence[Any]], mapping: FileMapping, field: str, rows: int) -> list[Any] | None:
    """Return the cells of our `field`, the constant where they are empty; None if there is neither."""
    cells = columns.get(mapping.columns.get(field, field))
    constant = mapping.constants.get(field)
    if cells is None:
        return None if constant is None else [constant] * rows
    return list(cells) if constant is None else [constant if cell is None or cell == "" else cell for cell in cells]


def time_reader(rule: TimeRule, own_zone: tzinfo) -> Callable[[Any], Any]:
    """Return a function from a cell to an instant in UTC; what it cannot read it returns, for the validation to refuse.

    A time that names no zone is in the rule's zone, else in `own_zone`. A day without an hour stands at noon.
    """
    where: tzinfo = zone(rule.zone) if rule.zone else own_zone
    parse = _PARSERS.get(rule.format) or (lambda text: datetime.strptime(text, rule.format))  # noqa: DTZ007

    def read(cell: Any) -> Any:
        if cell is None:
            return None
        try:
            moment = cell if isinstance(cell, datetime) else parse(cell)
            return (moment if moment.tzinfo else moment.replace(tzinfo=where)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, OSError, AttributeError):
            return cell if isinstance(cell, str) else str(cell)

    return read


def _iso(cell: Any) -> datetime:
    if isinstance(cell, str):
        if len(cell) == 10:
            return datetime.combine(datetime.fromisoformat(cell).date(), time(12))
        return datetime.fromisoformat(cell)
    return datetime.combine(cell, time(12))  # a date of a Parquet file


_PARSERS: dict[str, Callable[[Any], datetime]] = {
    "iso": _iso,
    "unix_seconds": lambda cell: datetime.fromtimestamp(float(cell), UTC),
    "unix_milliseconds": lambda cell: datetime.fromtimestamp(float(cell) / 1000, UTC),
}
