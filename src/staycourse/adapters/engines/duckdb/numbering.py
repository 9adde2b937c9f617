"""Numbers of names while files are rolled up: found by a hash of each, and never without the name itself.

A day names some ten thousand of a million learners. To join the two costs what reading the million costs, every day of
a first build anew; sorted hashes are searched in a sixth of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays import Array, in_one_piece
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.files import whole
from staycourse.adapters.engines.rollups import NAMES, Rollups
from staycourse.kernel import StorageFault

_WIDE = pa.large_string()  # all names together may be more than 2 GB

_MOST = 1 << 31
"""Bytes of names in one array of a file; more are left where they are."""

_MANY_FILES = 14
"""Of so many files of names that are read one by one everyone is put together anew."""


class Numbering:
    """All names of `learners` or `courses` numbered so far; `session` is used while it lasts."""

    def __init__(self, session: DuckDBSession, rollups: Rollups, table: str) -> None:
        self._session = session
        self._rollups = rollups
        self._table = table
        self._number, self._name = NAMES[table]
        together, rest = rollups.together(table)
        if together is None:
            together = _NOBODY.rename_columns([self._number, self._name, "hash", "row"])
        self._names: pa.Array = in_one_piece(together[self._name]).cast(_WIDE)
        self._numbers: Array = together[self._number].to_numpy()
        self._hashes: Array = together["hash"].to_numpy()
        self._rows: Array = together["row"].to_numpy()  # of the names, by their hashes
        others = rollups.names_in(table, rest)
        if len(others):
            names = others[self._name].combine_chunks().cast(_WIDE)
            self._take_in(names, self._hashes_of(names), others[self._number].to_numpy())
        if len(rest) >= _MANY_FILES and self._names.nbytes < _MOST:
            self._put_together()

    def _put_together(self) -> None:
        names = {self._number: self._numbers, self._name: self._names.cast(pa.string())}
        everyone = pa.table(names | {"hash": self._hashes, "row": self._rows})
        with self._written():
            self._rollups.put_together(self._table, everyone)

    def numbers_of(self, names: pa.Array) -> Array:
        """Return the numbers of `names`, which are different ones in order; those that have none are given some."""
        wide = names.cast(_WIDE)
        hashes = self._hashes_of(wide)
        numbers = self._known(wide, hashes)
        fresh = np.flatnonzero(numbers < 0)
        if len(fresh):
            numbers[fresh] = self._numbers.max(initial=0) + 1 + np.arange(len(fresh))
            self._add(wide.take(pa.array(fresh)), hashes[fresh], numbers[fresh])
        return numbers

    def _known(self, names: pa.Array, hashes: Array) -> Array:
        """Return the number of each name, -1 where it has none."""
        numbers = np.full(len(names), -1, np.int32)
        if not len(self._hashes):
            return numbers
        order = np.argsort(hashes)
        at = np.empty(len(names), np.int64)
        at[order] = np.searchsorted(self._hashes, hashes[order])
        np.minimum(at, len(self._hashes) - 1, out=at)
        rows = self._rows[at]
        same = _truth(pc.equal(self._names.take(pa.array(rows)), names))
        numbers[same] = self._numbers[rows[same]]
        unsure = np.flatnonzero(~same & (self._hashes[at] == hashes))  # of one hash with another name
        if len(unsure):
            rows = pc.fill_null(pc.index_in(names.take(pa.array(unsure)), self._names), -1).to_numpy()
            numbers[unsure] = np.where(rows < 0, -1, self._numbers[rows])
        return numbers

    def _add(self, names: pa.Array, hashes: Array, numbers: Array) -> None:
        """Take in newcomers, once they are written: before the rollup that uses their numbers."""
        path = self._rollups.names_path(self._table, len(self._names))
        with self._written(), whole(path) as unfinished:
            newcomers = pa.table({self._number: numbers, self._name: names.cast(pa.string())})
            pq.write_table(newcomers, unfinished, compression="zstd")
        self._take_in(names, hashes, numbers)

    def _take_in(self, names: pa.Array, hashes: Array, numbers: Array) -> None:
        order = np.argsort(hashes, kind="stable")
        at = np.searchsorted(self._hashes, hashes[order], side="right")
        self._hashes = np.insert(self._hashes, at, hashes[order])
        self._rows = np.insert(self._rows, at, len(self._names) + order)
        self._names = pa.concat_arrays([self._names, names])
        self._numbers = np.concatenate([self._numbers, numbers])

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(self._rollups.folder)
            raise StorageFault("the rollup could not be written", where=where, mend="check space and rights") from error

    def _hashes_of(self, names: pa.Array) -> Array:
        """Return 64 bits of each name."""
        rows = np.arange(len(names))
        self._session.put("named", pa.table({"place": rows, "name": names}))
        found = self._session.fetch("SELECT place, hash(name) AS hash FROM named")
        hashes = np.empty(len(names), np.uint64)
        hashes[found["place"].to_numpy()] = found["hash"].to_numpy()  # several threads bring them in no order
        return hashes


_NOBODY = pa.schema(
    {"number": pa.int32(), "name": pa.string(), "hash": pa.uint64(), "row": pa.int32()}
).empty_table()  # fmt: skip


def _truth(flags: pa.Array) -> Array:
    found: Array = pc.fill_null(flags, False).to_numpy(zero_copy_only=False)  # whose name was forgotten has none
    return found
