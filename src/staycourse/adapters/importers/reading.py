"""Reading foreign files with DuckDB: a private database in a temporary folder, and faults told in our words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from staycourse.kernel import BadInput, StorageFault, as_wording, worded

MEMORY = "1GB"


@contextmanager
def workbench() -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a DuckDB connection whose tables live, compressed, in a temporary folder that goes away afterwards.

    On disk rather than in memory, so that ten million rows are sorted within `MEMORY`; nothing comes from the network.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="staycourse-import-"))
            connection = duckdb.connect(
                str(Path(folder) / "work.db"),
                config={
                    "memory_limit": MEMORY,
                    "temp_directory": str(Path(folder) / "spill"),
                    "autoinstall_known_extensions": "false",
                },
            )
        except (OSError, duckdb.Error) as error:
            raise StorageFault("the import's working space could not be made", mend="check TMPDIR") from error
        stack.callback(connection.close)
        try:
            yield connection
        except duckdb.Error as error:
            if not out_of_room(error):
                raise
            what = worded("the import ran out of room: {why}", why=as_wording(first_line(error)))
            raise StorageFault(what, mend="free space for temporary files, or set TMPDIR") from None


def out_of_room(error: Exception) -> bool:
    """Say whether DuckDB failed for want of disk or memory rather than because of what it read."""
    return isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error)


def literal(text: str | Path) -> str:
    """Return `text` as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """Return what DuckDB complained of, without the query and the advice it adds."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def check_readable(path: Path) -> None:
    """Raise BadInput unless `path` is a file that is there, may be read and is not empty."""
    try:
        if not path.exists():
            raise BadInput("there is no such file", where=str(path))
        if path.is_dir():
            raise BadInput("this is a folder, not a file", where=str(path), mend="name the file inside it")
        if path.stat().st_size == 0:
            raise BadInput("the file is empty", where=str(path))
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        raise BadInput("it cannot be opened", where=str(path)) from error


def csv_scan(path: Path) -> str:
    """Return the SQL table function that reads a CSV file (also .gz) as text, refused rows left to `reject_errors`.

    An empty field, OULAD's `?` and 365's `NULL` mean that nothing is known.
    """
    return (
        f"read_csv({literal(path)}, header=true, all_varchar=true, delim=',', quote='\"', escape='\"', "
        "nullstr=['', '?', 'NULL'], store_rejects=true, strict_mode=false)"
    )
