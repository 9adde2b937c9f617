"""Which ids are surely new: a small table of bits in memory stands before the store's index of statements.

To find nothing for a new id takes the store two microseconds, and nearly every id is new. The table holds a few bits
for each id that is there, so that few need to be asked for; it is never wrong about an id that is there. It says
nothing unless the newest row is the very one up to which it was filled: rows that another process wrote meanwhile, or
that were removed or numbered anew (VACUUM), change that row, since numbers go up and no place is given twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.xapi_statements import StatementBook

WORTH_LOOKING: Final = 32
"""So many ids at least are looked at here: fewer are asked for in the time that this takes."""

STEP: Final = 50_000
"""Ids that are learned at a time."""

MOST_IDS: Final = 16_000_000
"""A store of more is asked each time: two bytes are needed for each."""

_FIRST_WORDS: Final = 1 << 16
_IDS_A_WORD: Final = 4  # of 64 bits, of which an id sets 4: one new id of a hundred and fifty is asked for in vain
_HEX_DIGITS: Final = 32
_Words = NDArray[np.uint64]
_Row = tuple[int, int]
"""A row of the store: its number and the statement's place."""

# One row each, so that the interpreter's lock is taken once and not for every id.
_TOP: Final = "SELECT rowid, place FROM xapi_statements ORDER BY rowid DESC LIMIT 1"
_ALL: Final = """
SELECT tenant, max(statement), count(*), group_concat(statement, '') FROM (
  SELECT tenant, statement FROM xapi_statements WHERE (tenant, statement) > (?1, ?2) ORDER BY tenant, statement LIMIT ?3
) GROUP BY tenant ORDER BY tenant
"""
# Beside max() stand the values of the row that has it (SQLite, "bare columns in an aggregate query").
_NEWER: Final = """
SELECT max(number), place, tenant, group_concat(statement, ''),
  (SELECT place FROM xapi_statements WHERE rowid = ?1)
FROM (SELECT rowid AS number, place, tenant, statement FROM xapi_statements WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)
GROUP BY tenant
"""


class _Bits:
    """Numbers of 64 bits that were added, and some that were not. One thread adds; any may look."""

    def __init__(self) -> None:
        self._tables: tuple[_Words, ...] = (np.zeros(_FIRST_WORDS, np.uint64),)
        self._room = _FIRST_WORDS * _IDS_A_WORD
        self.count = 0

    def add(self, numbers: _Words) -> None:
        while len(numbers):
            if not self._room:
                words = 2 * len(self._tables[-1])
                self._tables = (*self._tables, np.zeros(words, np.uint64))
                self._room = words * _IDS_A_WORD
            now, numbers = numbers[: self._room], numbers[self._room :]
            place, mask = _marks(now, self._tables[-1])
            np.bitwise_or.at(self._tables[-1], place, mask)
            self._room -= len(now)
            self.count += len(now)

    def may_have(self, numbers: _Words) -> NDArray[np.bool_]:
        """Say of each number whether it may have been added."""
        found = np.zeros(len(numbers), np.bool_)
        for table in self._tables:
            place, mask = _marks(numbers, table)
            found |= table[place] & mask == mask
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """The ids of all rows up to `top`."""

    top: _Row
    bits: _Bits


class StatementIds:
    """Finds which of many ids are in the store. Any thread may ask; one learns, by `follow`."""

    def __init__(self, database: Database, book: StatementBook) -> None:
        self._database = database
        self._book = book
        self._salt = secrets.randbits(64)  # nobody outside can choose ids that look like those that are there
        self._known: _Known | None = None
        self._goal: _Row = (0, 0)
        self._bits = _Bits()
        self._last = ("", "")
        self._over = database.dialect != "sqlite"
        self._begun = False

    @property
    def learning(self) -> bool:
        """Say whether `follow` has not yet learned what was there at first."""
        return self._known is None and not self._over

    def bodies(self, tenant: str, statements: Sequence[str]) -> dict[str, str]:
        """Return the bodies of those of `statements` that are in the store, by id, as StatementBook.bodies."""
        known = self._known
        if known is not None and len(statements) >= WORTH_LOOKING and self._top() == known.top:
            numbers = self._numbers(tenant, "".join(statements))
            if numbers is not None and len(numbers) == len(statements):
                statements = [statements[place] for place in np.flatnonzero(known.bits.may_have(numbers)).tolist()]
        return self._book.bodies(tenant, statements) if statements else {}

    def follow(self) -> None:
        """Learn the ids that were written since, STEP at most. StorageFault where the store cannot be read."""
        if self._over:
            return
        if self._known is None:
            self._learn()
        else:
            self._learn_newer(self._known)
        if self._bits.count > MOST_IDS:
            self._give_up()

    def _learn(self) -> None:
        """Learn the next of all ids: the rows up to the newest one of when this began are among them."""
        if not self._begun:
            self._begun, self._goal, self._bits, self._last = True, self._top(), _Bits(), ("", "")
        rows = self._database.asked(_ALL, (*self._last, STEP))
        for tenant, last, _, told in rows:
            self._add(tenant, told)
            self._last = (tenant, last)
        if not self._over and sum(row[2] for row in rows) < STEP:
            self._known = _Known(self._goal, self._bits)

    def _learn_newer(self, known: _Known) -> None:
        number, place = known.top
        rows = self._database.asked(_NEWER, (number, STEP))
        if (rows[0][-1] or 0) != place if rows else self._top() != known.top:
            self._known, self._begun = None, False  # what was the newest row is gone: numbers may be given again
            return
        for *_, tenant, told, _ in rows:
            self._add(tenant, told)
        if rows and not self._over:
            newest = max(rows)
            self._known = _Known((newest[0], newest[1]), known.bits)

    def _add(self, tenant: str, told: str) -> None:
        numbers = self._numbers(tenant, told)
        if numbers is None:
            self._give_up()
        else:
            self._bits.add(numbers)

    def _give_up(self) -> None:
        self._over, self._known, self._bits = True, None, _Bits()

    def _top(self) -> _Row:
        """Return the newest row, (0, 0) if there is none."""
        rows = self._database.asked(_TOP, ())
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def _numbers(self, tenant: str, told: str) -> _Words | None:
        """Return UUIDs, one after the other, as a number each; None where some are no UUIDs."""
        digits = told.replace("-", "")
        if len(digits) % _HEX_DIGITS:
            return None
        try:
            halves = np.frombuffer(bytes.fromhex(digits), "<u8").reshape(-1, 2)
        except ValueError:
            return None
        seed = np.uint64((hash(tenant) ^ self._salt) & 0xFFFF_FFFF_FFFF_FFFF)
        return _mixed(_mixed(halves[:, 0] ^ seed) ^ halves[:, 1])


def _mixed(numbers: _Words) -> _Words:
    """Let every bit depend on all others: the end of SplitMix64."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return numbers ^ (numbers >> np.uint64(31))


def _marks(numbers: _Words, table: _Words) -> tuple[NDArray[np.intp], _Words]:
    """Return which word of a table each number has, and the bits in it."""
    one, low = np.uint64(1), np.uint64(63)
    mask = one << (numbers & low)
    for shift in (6, 12, 18):
        mask |= one << (numbers >> np.uint64(shift) & low)
    return (numbers >> np.uint64(24) & np.uint64(len(table) - 1)).astype(np.intp), mask
