"""Datasets of several tables: staged by a SQL script into facts, the rows with a fault told to the side file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb

from staycourse.adapters.importers.reading import first_line, out_of_room
from staycourse.adapters.importers.rejects import Rejects
from staycourse.kernel import BadInput, as_wording, worded

_BETWEEN = "\n----\n"
_MISTAKES = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
"""Errors that are the script's own, never the input's: not to be dressed as bad input."""


def run_script(connection: duckdb.DuckDBPyConnection, script: Traversable, path: Path) -> None:
    """Run the statements of `script` over the tables read from `path`."""
    try:
        for statement in script.read_text(encoding="utf-8").split(_BETWEEN):
            connection.execute(statement)
    except (duckdb.Error, UnicodeDecodeError) as error:
        if out_of_room(error) or isinstance(error, _MISTAKES):
            raise
        raise BadInput(
            worded("the tables cannot be read: {why}", why=as_wording(first_line(error))), where=str(path)
        ) from None


def reject_faulty(connection: duckdb.DuckDBPyConnection, staged: Sequence[str], rejects: Rejects) -> None:
    """Tell of each row whose `fault` ('field: reason') is set in tables `<name>_staged`, then of broken CSV lines."""
    for name in staged:
        faulty = connection.execute(
            f"select line, file, fault, cast(t as varchar) from {name}_staged t where fault is not null "
            "order by file, line"
        )
        while rows := faulty.fetchmany(10_000):
            for line, file, fault, row in rows:
                field, _, reason = fault.partition(": ")
                rejects.add(line, field, reason, row, file=file)
    _reject_broken_lines(connection, rejects)


def _reject_broken_lines(connection: duckdb.DuckDBPyConnection, rejects: Rejects) -> None:
    """Tell of the CSV lines that do not even split into columns (DuckDB keeps them apart in `reject_errors`)."""
    try:
        broken = connection.execute(
            "select distinct line, s.file_path, error_message, csv_line "
            "from reject_errors e join reject_scans s using (scan_id, file_id) order by 2, 1"
        ).fetchall()
    except duckdb.CatalogException:  # no CSV file was read
        return
    for line, place, reason, row in broken:
        rejects.add(line, "", reason.splitlines()[0][:200], row, file=Path(place).name)
