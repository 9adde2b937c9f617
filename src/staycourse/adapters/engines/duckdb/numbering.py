"""Numbers of names while files are rolled up: found by a hash of each, and never without the name itself.

A day names some ten thousand of a million learners. To join the two costs what reading the million costs, every day of
a first build anew; sorted hashes are searched in a sixth of that.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays import Array
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.files import whole
from staycourse.adapters.engines.rollups import NAMES, Rollups
from staycourse.kernel import StorageFault

_WIDE = pa.large_string()  # all names together may be more than 2 GB


class Numbering:
    """All names of `learners` or `courses` numbered so far; `session` is used while it lasts."""

    def __init__(self, session: DuckDBSession, rollups: Rollups, table: str) -> None:
        self._session = session
        self._rollups = rollups
        self._table = table
        number, name = NAMES[table]
        known = rollups.numbered(table)
        self._names: pa.Array = known[name].combine_chunks().cast(_WIDE)
        self._numbers: Array = known[number].to_numpy()
        hashes = self._hashes_of(self._names)
        self._rows: Array = np.argsort(hashes)  # of the names, by their hashes
        self._hashes: Array = hashes[self._rows]

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
        number, name = NAMES[self._table]
        taken = len(self._names)
        path = self._rollups.names_path(self._table, taken)
        try:
            with whole(path) as unfinished:
                pq.write_table(
                    pa.table({number: numbers, name: names.cast(pa.string())}), unfinished, compression="zstd"
                )
        except OSError as error:
            raise StorageFault(
                "the rollup could not be written", where=str(path), mend="check space and rights"
            ) from error
        order = np.argsort(hashes, kind="stable")
        at = np.searchsorted(self._hashes, hashes[order], side="right")
        self._hashes = np.insert(self._hashes, at, hashes[order])
        self._rows = np.insert(self._rows, at, taken + order)
        self._names = pa.concat_arrays([self._names, names])
        self._numbers = np.concatenate([self._numbers, numbers])

    def _hashes_of(self, names: pa.Array) -> Array:
        """Return 64 bits of each name."""
        rows = np.arange(len(names))
        self._session.put("named", pa.table({"place": rows, "name": names}))
        found = self._session.fetch("SELECT place, hash(name) AS hash FROM named")
        hashes = np.empty(len(names), np.uint64)
        hashes[found["place"].to_numpy()] = found["hash"].to_numpy()  # several threads bring them in no order
        return hashes


def _truth(flags: pa.Array) -> Array:
    found: Array = pc.fill_null(flags, False).to_numpy(zero_copy_only=False)  # whose name was forgotten has none
    return found
