"""The whole store as rows, of one moment, and back into an empty one; from either database to either.

A table is a stream of chunks: a length (u32, little-endian), then that many bytes of MessagePack, a list of rows, each
a list of values in the order of the schema's columns.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, BinaryIO, Final

import msgspec
from sqlalchemy import JSON, Connection, Date, Table, func, insert, literal, null, select, text

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.kernel import BadInput, worded

ROWS_AT_ONCE: Final = 1_000
_LENGTH: Final = struct.Struct("<I")
MOST_CHUNK: Final = 1 << 30

Sink = Callable[[str, Iterator[bytes]], None]


def dump_tables(database: Database, sink: Sink) -> dict[str, int]:
    """Give `sink` each table's name and its rows as bytes, all as they were at one moment; return how many each had."""
    counts: dict[str, int] = {}
    with database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            counts[table.name] = 0
            sink(table.name, _chunks(connection, table, counts))
    return counts


def is_empty(database: Database) -> bool:
    """Say whether nothing was ever kept in the store; a tenant's name is there as soon as somebody looked."""
    kept = [table for table in schema.metadata.sorted_tables if table is not schema.tenants]
    with database.reading() as connection:
        return not any(connection.execute(select(literal(1)).select_from(table).limit(1)).first() for table in kept)


def load_tables(database: Database, source: Callable[[str], BinaryIO | None]) -> dict[str, int]:
    """Fill an empty store (`is_empty`) with the rows that `source` gives by a table's name; return how many went where.

    One transaction: wholly, or not at all. BadInput if the rows are not of this schema.
    """

    def work(connection: Connection) -> dict[str, int]:
        counts: dict[str, int] = {}
        connection.execute(schema.tenants.delete())
        for table in schema.metadata.sorted_tables:
            stream = source(table.name)
            if stream is not None:
                counts[table.name] = _fill(connection, table, stream)
        if database.dialect == "postgresql":
            _number_on(connection)
        return counts

    return database.write(work)


def _chunks(connection: Connection, table: Table, counts: dict[str, int]) -> Iterator[bytes]:
    asked = select(table).order_by(*table.primary_key)
    for rows in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(asked).partitions():
        counts[table.name] += len(rows)
        packed = msgspec.msgpack.encode([list(row) for row in rows])
        yield _LENGTH.pack(len(packed))
        yield packed


def _fill(connection: Connection, table: Table, stream: BinaryIO) -> int:
    names = [column.name for column in table.columns]
    days = [number for number, column in enumerate(table.columns) if isinstance(column.type, Date)]
    documents = [number for number, column in enumerate(table.columns) if isinstance(column.type, JSON)]
    count = 0
    while head := stream.read(_LENGTH.size):
        rows = _decoded(table.name, head, stream)
        for row in rows:
            if len(row) != len(names):
                raise _strange(table.name)
            for place in days:
                row[place] = date.fromisoformat(row[place]) if row[place] is not None else None
            for place in documents:  # None would be written as JSON's null, which is something
                row[place] = null() if row[place] is None else row[place]
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        count += len(rows)
    return count


def _decoded(name: str, head: bytes, stream: BinaryIO) -> list[list[Any]]:
    if len(head) != _LENGTH.size:
        raise _strange(name)
    (length,) = _LENGTH.unpack(head)
    packed = stream.read(length) if length <= MOST_CHUNK else b""
    if len(packed) != length:
        raise _strange(name)
    try:
        return msgspec.msgpack.decode(packed, type=list[list[Any]])
    except msgspec.MsgspecError:
        raise _strange(name) from None


def _number_on(connection: Connection) -> None:
    """Let numbers that the database gives out go on after the greatest that came in."""
    for table in schema.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        place = {"table": table.name, "column": column.name}
        sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), place)
        greatest = connection.scalar(select(func.max(column)))
        if sequence is not None and greatest is not None:
            connection.execute(text("SELECT setval(:name, :greatest)"), {"name": sequence, "greatest": greatest})


def _strange(name: str) -> BadInput:
    return BadInput(
        worded("the rows of {name} are damaged or of another version", name=name),
        where="backup",
        mend="take another backup",
    )
