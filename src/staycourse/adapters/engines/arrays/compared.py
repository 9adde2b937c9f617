"""How everyone stands among their peers, over arrays: counted part by part, then told beside everyone.

The definitions are the signals' own expressions; here they are programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.groups import Groups, partners
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.adapters.engines.arrays.run import running
from staycourse.adapters.engines.statements import (
    COUNTED_COLUMNS,
    STOOD_COLUMNS,
    compared_expression,
    counts_expression,
    standings_expression,
    weeks_expression,
)
from staycourse.signals import Signal, bases_of

_GROUP = ("course_no", "course_week")
_ROWS_AT_ONCE = 400_000
"""Rows that are compared together: their columns stay below what NumPy asks huge pages for (see decision 4)."""
_NOBODY = pa.schema(list(COUNTED_COLUMNS.items())).empty_table()
"""The counts where a catalogue compares nobody."""


@lru_cache(maxsize=8)
def peers_of(catalogue: tuple[Signal, ...]) -> Peers:
    """Return the programs of a catalogue, made once a process."""
    return Peers(catalogue)


class Peers:
    """The programs of one catalogue: base by base, so that what each takes is let go of before the next."""

    def __init__(self, catalogue: tuple[Signal, ...]) -> None:
        self._wanted = [signal for signal in catalogue if signal.of]
        self._bases = bases_of(self._wanted)
        self._names = Names()
        for name in ("", *self._bases):
            self._names.code(name)
        code = {name: number for number, name in enumerate(self._names.texts)}.__getitem__  # no other text is named
        self._weeks = Program(weeks_expression(), code)
        self._counts, self._compared = [], []
        for base in self._bases:
            own = tuple(signal for signal in catalogue if base in (signal.of, signal.name))
            self._counts.append(Program(counts_expression(own, "course_week"), code))
            self._compared.append(Program(compared_expression(own, "course_week"), code))
        self._standings = Program(standings_expression(), code)

    def counts(self, plain: pa.Table) -> pa.Table:
        """Return what peers are compared by, of the enrolments in `plain`."""
        peers, found = self._grouped(plain), [_NOBODY]
        for base, program in zip(self._bases, self._counts, strict=True):
            with running() as runs:
                counted = program.run({"plain": peers.beside(plain, base)}, runs)
                found.append(self._told(peers.named(counted), COUNTED_COLUMNS))
        return pa.concat_tables(found)

    def standings(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return how everyone stands, from the counts of all parts of them."""
        with running() as runs:
            frame = self._held(pa.concat_tables(counts), COUNTED_COLUMNS)
            return self._told(self._standings.run({"counts": frame}, runs), STOOD_COLUMNS)

    def compared(self, plain: pa.Table, standings: pa.Table) -> pa.Table:
        """Return every signal of the enrolments in `plain`, beside how everyone stands."""
        # Each base's own rows are found once here, and not in each part again.
        own = [standings.filter(pa.compute.equal(standings["base"], base)) for base in self._bases]
        everyone = [self._held(one, STOOD_COLUMNS) for one in own]
        starts = range(0, max(len(plain), 1), _ROWS_AT_ONCE)
        return pa.concat_tables([self._beside(plain.slice(start, _ROWS_AT_ONCE), everyone) for start in starts])

    def _beside(self, plain: pa.Table, everyone: Sequence[Frame]) -> pa.Table:
        peers, found = self._grouped(plain), dict[str, pa.Array]()
        for base, program, standing in zip(self._bases, self._compared, everyone, strict=True):
            with running() as runs:
                tables = {"plain": peers.beside(plain, base), "standings": peers.numbered(standing)}
                frame = program.run(tables, runs)
                for name in (signal.name for signal in self._wanted if signal.of == base):
                    found[name] = as_arrow(frame.column(name).spread(frame.rows), np.float64)
        for signal in self._wanted:
            plain = plain.append_column(signal.name, found[signal.name])
        return plain

    def _grouped(self, plain: pa.Table) -> _Grouped:
        with running() as runs:
            held = columns_of(plain, ("learner_no", "course_no", "course_day"))
            found = self._weeks.run({"plain": Frame.of(held)}, runs)
            return _Grouped.of(held["learner_no"], [found.column(name).values for name in _GROUP])

    def _held(self, table: pa.Table, names: Iterable[str]) -> Frame:
        columns = columns_of(table, [name for name in names if name != "base"])
        bases = pa.array(self._names.texts)
        columns["base"] = Column(pa.compute.index_in(table["base"].combine_chunks(), bases).to_numpy())
        return Frame.of(columns)

    def _told(self, frame: Frame, kinds: Mapping[str, str]) -> pa.Table:
        found = {name: frame.column(name).spread(frame.rows) for name in kinds}
        told = {name: as_arrow(found[name], kind) for name, kind in kinds.items() if name != "base"}
        return pa.table({"base": pa.array(self._names.texts).take(pa.array(found["base"].values)), **told})


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Rows in groups of peers. Programs are given a group's number for its course and no week, so that the keys that
    all bases have are put together once and not with each of them.
    """

    learners: Column
    numbers: Column
    groups: Mapping[str, Array]

    @classmethod
    def of(cls, learners: Column, keys: Sequence[Array]) -> _Grouped:
        """Bring the rows of equal `keys` together."""
        found = Groups.of(keys, len(learners.values))
        firsts = found.firsts()
        numbers = Column(found.numbers.astype(np.int32))
        return cls(learners, numbers, {name: key[firsts] for name, key in zip(_GROUP, keys, strict=True)})

    def beside(self, plain: pa.Table, base: str) -> Frame:
        """Return the rows with their groups, and a signal of `plain`."""
        own = {"learner_no": self.learners, "course_no": self.numbers, "course_week": _NO_WEEK}
        return Frame.of(own | columns_of(plain, (base,)))

    def named(self, frame: Frame) -> Frame:
        """Return rows of numbered groups with their courses and weeks."""
        at = frame.column("course_no").values
        return Frame(frame.rows, lambda name: Column(self.groups[name][at]) if name in _GROUP else frame.column(name))

    def numbered(self, frame: Frame) -> Frame:
        """Return rows of courses and weeks with the numbers of their groups, without those that are of none."""
        mine = [Column(self.groups[name]) for name in _GROUP]
        at = partners([frame.column(name) for name in _GROUP], mine)
        kept = np.flatnonzero(at >= 0)
        keys = {"course_no": Column(at[kept]), "course_week": _NO_WEEK}
        return Frame(len(kept), lambda name: keys[name] if name in keys else frame.column(name).take(kept))


_NO_WEEK = Column(np.zeros((), np.int32))
