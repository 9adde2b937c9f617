"""Runs of a program over arrays: what is let go of, and that it is computed anew for who asks once more."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
from numpy.testing import assert_array_equal

from staycourse.adapters.engines.arrays import Column, Frame, Names, Program, running
from staycourse.adapters.engines.arrays.program import kept

TABLE = ibis.table({"learner_no": "int32", "clicks": "float64"}, name="rows")
SUMS = TABLE.group_by("learner_no").agg(clicks=TABLE.clicks.sum())
TOLD = SUMS.select("learner_no", twice=SUMS.clicks * 2, half=SUMS.clicks * 2 / 4)
ROWS = {
    "rows": Frame.of({"learner_no": Column(np.array([1, 2, 1], np.int32)), "clicks": Column(np.array([3.0, 4.0, 5.0]))})
}
WANTED = {"learner_no": [1, 2], "twice": [16.0, 8.0], "half": [4.0, 2.0]}


def _asked(program: Program, *names: str) -> tuple[dict[str, list[float]], int]:
    """Return the columns asked for, and how many a run still holds then."""
    with running() as runs:
        frame = program.run(ROWS, runs)
        found = {name: frame.column(name).values.tolist() for name in names}
        return found, sum(isinstance(one, Column) and one.values.ndim > 0 for one in runs[0].memory)


def test_what_nobody_will_ask_for_again_is_let_go_of() -> None:
    program = Program(TOLD, Names().code)
    _, first = _asked(program, *WANTED)
    found, second = _asked(program, *WANTED)
    assert found == WANTED
    assert first > 0
    assert second == 0


def test_who_asks_for_more_than_runs_before_is_told_the_same() -> None:
    program = Program(TOLD, Names().code)
    for names in (("half",), ("half", "twice"), ("twice", "half", "half", "learner_no"), tuple(WANTED)):
        assert _asked(program, *names)[0] == {name: WANTED[name] for name in names}


def test_what_is_kept_holds_no_larger_column() -> None:
    larger, own = np.arange(12.0).reshape(3, 4), np.ones(4)
    columns = {
        "own": Column(own),
        "whole_numbers": Column(np.ones(4, np.int64)),
        "of_larger": Column(larger[1], np.array([True, False, True, True])),
        "nothing": Column(np.zeros(()), np.zeros((), np.bool_), True, True),
        "always_two": Column(np.asarray(2.0)),
    }
    told = kept(Frame(4, columns.__getitem__), list(columns))
    assert {name: one.to_pylist() for name, one in told.items()} == {
        "of_larger": [4.0, None, 6.0, 7.0], "nothing": [None] * 4, "always_two": [2.0] * 4,
        "own": [1.0] * 4, "whole_numbers": [1.0] * 4,
    }  # fmt: skip
    larger[:] = 0
    assert_array_equal(told["of_larger"].to_numpy(zero_copy_only=False)[[0, 2, 3]], [4.0, 6.0, 7.0])
    assert told["own"].buffers()[1].address == own.ctypes.data  # what is nobody else's is not copied
    assert all(one.type == pa.float64() for one in told.values())
