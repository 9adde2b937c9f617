"""Learners and courses as table files: one shape of importer for both, a row is a record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from babel.numbers import get_currency_precision

from staycourse.adapters.importers.base import Chunk, ImportOptions, Progress
from staycourse.adapters.importers.cells import as_name, as_whole
from staycourse.adapters.importers.mapping import FileMapping, column, read_mapping, require_columns, unread_columns
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.table_files import Batch, open_table
from staycourse.events import Course, Learner, check_course, check_currency, check_learner, shape_error
from staycourse.kernel import BadInput, local_day, worded

LEARNER_FIELDS = (
    "learner", "name", "paid", "paid_minor", "currency", "joined_on", "tenure_days", "country", "zone", "language",
    "birth_year", "consent", "guardian", "birthday", "email", "phone",
)  # fmt: skip
COURSE_FIELDS = ("course", "title", "starts_on", "ends_on", "series")
_YES, _NO = ("true", "yes", "1", "y", "t"), ("false", "no", "0", "n", "f")


@dataclass(frozen=True, slots=True)
class LearnersImporter:
    """Reads a learner-attributes file. Positions count its rows."""

    format: str = "learners"

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        mapping = read_mapping(options.mapping, LEARNER_FIELDS)
        table = open_table(path, delimiter=mapping.delimiter)
        require_columns(table, mapping, ("learner",))
        rejects.unread = unread_columns(table, mapping, LEARNER_FIELDS)
        today = local_day(options.now, options.zone)
        for batch in table.batches(rejects, resume_after):
            learners = []
            for index, fields in _rows(batch, mapping, LEARNER_FIELDS):
                try:
                    learners.append(learner_of(fields, today))
                except BadInput as error:
                    rejects.add(batch.lines[index], error.where, error.what, batch.row(index))
            yield Chunk(batch.position, learners=learners)
            progress(batch.position, table.rows)


@dataclass(frozen=True, slots=True)
class CoursesImporter:
    """Reads a file of courses. Positions count its rows."""

    format: str = "courses"

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        mapping = read_mapping(options.mapping, COURSE_FIELDS)
        table = open_table(path, delimiter=mapping.delimiter)
        require_columns(table, mapping, ("course",))
        rejects.unread = unread_columns(table, mapping, COURSE_FIELDS)
        for batch in table.batches(rejects, resume_after):
            courses = []
            for index, fields in _rows(batch, mapping, COURSE_FIELDS):
                try:
                    courses.append(course_of(fields))
                except BadInput as error:
                    rejects.add(batch.lines[index], error.where, error.what, batch.row(index))
            yield Chunk(batch.position, courses=courses)
            progress(batch.position, table.rows)


def learner_of(fields: dict[str, Any], today: date) -> Learner:
    """Build and check a learner from plain fields; BadInput names the field.

    `paid` is an amount in whole units of the currency (12.50), `tenure_days` counts back from `today`: other ways to
    say `paid_minor` and `joined_on`.
    """
    paid, tenure = fields.pop("paid", None), fields.pop("tenure_days", None)
    for name in ("learner", "name", "guardian", "birthday", "email", "phone"):
        _put(fields, name, as_name(fields.get(name)))
    for name in ("paid_minor", "birth_year"):
        _put(fields, name, as_whole(fields.get(name)))
    for name in ("currency", "country"):
        _put(fields, name, _upper(fields.get(name)))
    fields.setdefault("learner", None)  # so that a missing one is refused by its name
    _put(fields, "consent", _flag(fields.get("consent")))
    if tenure is not None and "joined_on" not in fields:
        fields["joined_on"] = _joined(tenure, today)
    if paid is not None and "paid_minor" not in fields:
        fields["paid_minor"] = _minor(paid, fields.get("currency"))
    try:
        learner = msgspec.convert(fields, Learner, strict=True)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    return check_learner(learner, today)


def course_of(fields: dict[str, Any]) -> Course:
    """Build and check a course from plain fields; BadInput names the field."""
    fields.setdefault("course", None)
    for name in ("course", "title", "series"):
        _put(fields, name, as_name(fields.get(name)))
    try:
        course = msgspec.convert(fields, Course, strict=True)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    return check_course(course)


def _rows(batch: Batch, mapping: FileMapping, fields: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = len(batch.lines)
    found = {field: read for field in fields if (read := column(batch.columns, mapping, field, rows)) is not None}
    for index in range(rows):
        cells = ((field, read[index]) for field, read in found.items())
        yield index, {field: _day_of(cell) for field, cell in cells if cell is not None and cell != ""}


def _day_of(cell: Any) -> Any:
    """Return the day of a Parquet timestamp: no field of these records is an instant."""
    return cell.date() if isinstance(cell, datetime) else cell


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        fields[name] = value


def _upper(cell: Any) -> Any:
    return cell.upper() if isinstance(cell, str) else cell


def _flag(cell: Any) -> Any:
    word = str(cell).strip().lower() if isinstance(cell, str | int) else cell
    return True if word in _YES else False if word in _NO else cell


def _joined(tenure: Any, today: date) -> date:
    days = as_whole(tenure)
    if not isinstance(days, int) or not 0 <= days <= 36_500:
        raise BadInput("it is not a number of days from 0 to 36500", where="tenure_days")
    return today - timedelta(days=days)


def _minor(paid: Any, currency: Any) -> int:
    if not isinstance(currency, str):
        raise BadInput("an amount needs its currency", where="currency")
    check_currency(currency)
    try:
        minor = Decimal(str(paid)).scaleb(get_currency_precision(currency))
    except ArithmeticError:
        raise BadInput(worded("{paid!r} is not an amount", paid=str(paid)[:40]), where="paid") from None
    if not minor.is_finite() or abs(minor) > 2**53:
        raise BadInput(worded("{paid!r} is not an amount", paid=str(paid)[:40]), where="paid")
    whole = int(minor)
    if whole != minor:
        raise BadInput(
            worded("{paid} has more decimals than {currency}", paid=str(paid)[:40], currency=currency), where="paid"
        )
    return whole
