"""Finding and opening OULAD's tables: the original CSV distribution, or the same tables as Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from staycourse.adapters.importers.reading import check_readable, csv_scan, first_line, literal
from staycourse.kernel import BadInput, as_wording, worded

TABLES: dict[str, tuple[str, ...]] = {
    "courses": ("code_module", "code_presentation", "module_presentation_length"),
    "assessments": ("code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"),
    "vle": ("id_site", "code_module", "code_presentation", "activity_type"),
    "studentInfo": ("code_module", "code_presentation", "id_student", "num_of_prev_attempts",
                    "studied_credits", "final_result"),
    "studentRegistration": ("code_module", "code_presentation", "id_student", "date_registration",
                            "date_unregistration"),
    "studentAssessment": ("id_assessment", "id_student", "date_submitted", "is_banked", "score"),
    "studentVle": ("code_module", "code_presentation", "id_student", "id_site", "date", "sum_click"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table is read from: its name, the place shown to people, the SQL that reads it with `line` and `file`."""

    name: str
    place: Path
    select: str


def open_tables(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make a view `<table>_source` of each of `TABLES` in `folder`, all columns as text, with `line` and `file`."""
    if not folder.is_dir():
        raise BadInput(
            "this is not the folder with OULAD's tables",
            where=str(folder),
            mend="unpack the dataset and name its folder",
        )
    for name, columns in TABLES.items():
        source = _find(folder, name)
        try:
            connection.execute(f"create temp view {name}_read as {source.select}")
            there = {row[0] for row in connection.execute(f"describe {name}_read").fetchall()}
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise BadInput(
                worded("the table {name} cannot be read: {why}", name=name, why=as_wording(first_line(error))),
                where=str(source.place),
            ) from None
        missing = [column for column in columns if column not in there]
        if missing:
            raise BadInput(
                worded("the column {column} is missing", column=missing[0]),
                where=str(source.place),
                mend=worded("{name} needs {choices}", name=name, choices=", ".join(columns)),
            )
        listed = ", ".join(f"cast({column} as varchar) as {column}" for column in columns)
        connection.execute(f"create temp view {name}_source as select line, file, {listed} from {name}_read")


def _find(folder: Path, name: str) -> Source:
    for ending in ("parquet", "csv", "csv.gz"):
        place = folder / f"{name}.{ending}"
        if place.is_file():
            check_readable(place)
            return Source(name, place, _select(place, ending))
    for place in (folder / f"{name}_ds", folder / name):
        if place.is_dir() and next(place.rglob("*.parquet"), None) is not None:
            scan = (
                f"read_parquet({literal(place / '**' / '*.parquet')}, hive_partitioning=true, "
                "hive_types_autocast=false, file_row_number=true, filename=true)"
            )
            file = f"replace(substr(filename, {len(str(folder)) + 2}), '\\', '/')"
            return Source(name, place, f"select *, file_row_number + 1 as line, {file} as file from {scan}")
    raise BadInput(
        worded("the table {name} is missing", name=name),
        where=str(folder),
        mend=worded("put {name}.csv or {name}.parquet there", name=name),
    )


def _select(place: Path, ending: str) -> str:
    file = literal(place.name)
    if ending == "parquet":
        scan = f"read_parquet({literal(place)}, file_row_number=true)"
        return f"select *, file_row_number + 1 as line, {file} as file from {scan}"
    # Line 1 is the header. The window without an order numbers the rows as they stand in the file.
    return f"select *, row_number() over () + 1 as line, {file} as file from {csv_scan(place)}"
