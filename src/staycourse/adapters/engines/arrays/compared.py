"""How everyone stands among their peers, over arrays: counted part by part, then told beside everyone.

The definitions are the signals' own expressions; here they are programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.groups import Groups
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
_ANY = "value"
"""Stands for the base in the one program of all of them."""
_ROWS_AT_ONCE = 400_000
"""Rows that are compared together: their columns stay below what NumPy asks huge pages for (see decision 4)."""
_NOBODY = pa.schema(list(COUNTED_COLUMNS.items())).empty_table()
"""The counts where a catalogue compares nobody."""


@lru_cache(maxsize=8)
def peers_of(catalogue: tuple[Signal, ...]) -> Peers:
    """Return the programs of a catalogue, made once a process."""
    return Peers(catalogue)


class Peers:
    """The programs of one catalogue. What compares is the same of every base, and so is its program: made once, for a
    base of no name of its own, and run base by base, so that what each takes is let go of before the next.
    """

    def __init__(self, catalogue: tuple[Signal, ...]) -> None:
        self._wanted = [signal for signal in catalogue if signal.of]
        self._bases = bases_of(self._wanted)
        self._names = Names()
        for name in ("", _ANY, *self._bases):  # the first where a catalogue compares nobody
            self._names.code(name)
        code = {name: number for number, name in enumerate(self._names.texts)}.__getitem__  # no other text is named
        self._weeks = Program(weeks_expression(), code)
        forms = {signal.form: replace(signal, name=signal.form, of=_ANY) for signal in self._wanted}
        self._counts = Program(counts_expression(tuple(forms.values()), "course_week"), code)
        self._compared = Program(compared_expression(tuple(forms.values()), "course_week"), code)
        self._standings = Program(standings_expression(), code)

    def valued(self, plain: pa.Table) -> Valued:
        """Return what the enrolments in `plain` are compared by: who has which value among which peers."""
        groups = self._grouped(plain)
        return {base: groups.valued(columns_of(plain, (base,))[base]) for base in self._bases}

    def counts(self, valued: Valued) -> pa.Table:
        """Return what peers are compared by, of the enrolments that are `valued`."""
        found = [_NOBODY]
        for base, its in valued.items():
            with running() as runs:
                counted = self._counts.run({"plain": its.rows(_ANY)}, runs)
                found.append(self._told(its.named(counted, self._name(base)), COUNTED_COLUMNS))
        return pa.concat_tables(found)

    def standings(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return how everyone stands, from the counts of all parts of them."""
        with running() as runs:
            frame = Frame.of(self._held(pa.concat_tables(counts)))
            return self._told(self._standings.run({"counts": frame}, runs), STOOD_COLUMNS)

    def compared(self, plain: pa.Table, valued: Valued, standings: pa.Table) -> pa.Table:
        """Return every signal of the enrolments in `plain`, which are `valued`, beside how everyone stands.

        A value is compared once in each group of peers, whoever has it.
        """
        told: dict[str, tuple[_Values, Column]] = {}
        everyone = self._held(standings)
        for base, its in valued.items():
            own = np.flatnonzero(everyone["base"].values == self._name(base).values)
            stood = {name: column.take(own) for name, column in everyone.items()} | {"base": self._name(_ANY)}
            with running() as runs:
                frame = self._compared.run({"plain": its.each(_ANY), "standings": Frame.of(stood)}, runs)
                for signal in (signal for signal in self._wanted if signal.of == base):
                    told[signal.name] = its, frame.column(signal.form).spread(frame.rows)
        for signal in self._wanted:
            its, column = told[signal.name]
            parts = [its.numbers[start : start + _ROWS_AT_ONCE] for start in range(0, len(plain), _ROWS_AT_ONCE)]
            arrays = [as_arrow(column.take_or_null(part), np.float64) for part in parts]
            plain = plain.append_column(signal.name, pa.chunked_array(arrays, pa.float64()))
        return plain

    def _grouped(self, plain: pa.Table) -> _Grouped:
        with running() as runs:
            held = columns_of(plain, ("learner_no", "course_no", "course_day"))
            found = self._weeks.run({"plain": Frame.of(held)}, runs)
            return _Grouped.of([found.column(name).values for name in _GROUP], len(plain))

    def _held(self, table: pa.Table) -> dict[str, Column]:
        columns = columns_of(table, [name for name in table.column_names if name != "base"])
        bases = pa.array(self._names.texts)
        columns["base"] = Column(pa.compute.index_in(table["base"].combine_chunks(), bases).to_numpy())
        return columns

    def _name(self, base: str) -> Column:
        return Column(np.asarray(self._names.known(base), np.int64))

    def _told(self, frame: Frame, kinds: Mapping[str, str]) -> pa.Table:
        found = {name: frame.column(name).spread(frame.rows) for name in kinds}
        told = {name: as_arrow(found[name], kind) for name, kind in kinds.items() if name != "base"}
        return pa.table({"base": pa.array(self._names.texts).take(pa.array(found["base"].values)), **told})


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one base: each value in each group of peers once, and the number of everyone's own, as long as it
    is `known`; -1 where it is not.
    """

    numbers: Array
    known: Array
    keys: Mapping[str, Column]
    of: Column

    def rows(self, base: str) -> Frame:
        """Return everyone whose value is known, with its number for a course, no week and no value: what is counted is
        the numbers.
        """
        return Frame.of({"course_no": Column(self.known), "course_week": _NO_WEEK, base: _NO_VALUE})

    def named(self, counted: Frame, base: Column) -> Frame:
        """Return what was counted of `rows` with its group and value, and the name of its base."""
        at = counted.column("course_no").values
        own = {**self.keys, "of": self.of, "base": base}
        return Frame(counted.rows, lambda name: own[name].take(at) if name in own else counted.column(name))

    def each(self, base: str) -> Frame:
        """Return each value of each group as if one learner had it."""
        someone = Column(np.arange(len(self.of.values), dtype=np.int32))
        return Frame.of({"learner_no": someone, **self.keys, base: self.of})


Valued = Mapping[str, _Values]
"""Of each base, who has which value among which peers."""


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Rows in groups of peers: the keys that all bases have are put together once and not with each of them."""

    numbers: Array
    groups: Mapping[str, Array]

    @classmethod
    def of(cls, keys: Sequence[Array], rows: int) -> _Grouped:
        """Bring the rows of equal `keys` together."""
        found = Groups.of(keys, rows)
        firsts = found.firsts()
        return cls(found.numbers.astype(np.int32), {name: key[firsts] for name, key in zip(_GROUP, keys, strict=True)})

    def valued(self, column: Column) -> _Values:
        """Bring the rows of equal groups and values together."""
        column = column.spread(len(self.numbers))
        at = slice(None) if column.valid is None else np.flatnonzero(column.valid)
        groups, values = self.numbers[at], column.values[at]
        alike = Groups.of([groups, values], len(groups))
        firsts = alike.firsts()
        known = numbers = alike.numbers.astype(np.int32)
        if column.valid is not None:
            numbers = np.full(len(self.numbers), -1, np.int32)
            numbers[at] = known
        keys = {name: Column(key[groups[firsts]]) for name, key in self.groups.items()}
        return _Values(numbers, known, keys, Column(values[firsts]))


_NO_WEEK = Column(np.zeros((), np.int32))
_NO_VALUE = Column(np.zeros(()))
