"""Running the signals' statements, step by step, and the shape of what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.session import Session
from staycourse.adapters.engines.statements import course_statements, peer_statements, signals_statements
from staycourse.kernel import EPOCH
from staycourse.signals import Signal, is_plain

KEYS = ("learner_no", "course_no", "learner", "course", "enrolled_age", "course_day")


def answer(session: Session, dialect: str, catalogue: tuple[Signal, ...]) -> None:
    """Let `answered` be KEYS and every signal of every open enrolment of the views and tables in `session`."""
    statements = signals_statements(dialect, catalogue)
    for name, statement in statements.steps:
        session.keep(name, statement)
    session.keep("plain", statements.plain)
    peers = peer_statements(dialect, catalogue)
    for name in ("counts", "standings", "compared"):
        session.keep(name, getattr(peers, name))
    of_course = course_statements(dialect, catalogue)
    for name, statement in of_course:
        session.keep(name, statement)
    if of_course:  # joined two by two: ClickHouse loses columns of a view of three that is joined once more
        theirs = [f"c.{name} AS {name}" for name in ("learner_no", "course_no")]
        theirs += [f"{'c' if one.of else 't'}.{one.name} AS {one.name}" for one in catalogue if not is_plain(one)]
        session.view(
            "with_others",
            f"SELECT {', '.join(theirs)} FROM compared AS c JOIN course_told AS t ON c.course_no = t.course_no",
        )
    columns = [f"p.{name} AS {name}" for name in KEYS]
    columns += [f"{'p' if is_plain(signal) else 'o'}.{signal.name} AS {signal.name}" for signal in catalogue]
    session.view(
        "answered",
        f"SELECT {', '.join(columns)} FROM plain AS p JOIN {'with_others' if of_course else 'compared'} AS o "
        "ON p.learner_no = o.learner_no AND p.course_no = o.course_no",
    )


def in_order(table: pa.Table) -> pa.Table:
    """Return the rows by learner and course, in the order in which these were numbered; mostly they are so already."""
    keys = table["learner_no"].to_numpy().astype(np.int64) << 32 | table["course_no"].to_numpy()
    if (np.diff(keys) > 0).all():
        return table
    return table.take(pa.array(np.argsort(keys)))


def shaped(table: pa.Table, as_of: date, catalogue: Sequence[Signal]) -> pa.Table:
    """Return rows of `answered` as SignalEngine.signals promises them."""
    today = pa.scalar((as_of - EPOCH).days, pa.int32())
    columns = {
        "learner": table["learner"],
        "course": table["course"],
        "enrolled_on": dated(pc.subtract(today, table["enrolled_age"].cast(pa.int32()))),
        "course_day": table["course_day"].cast(pa.int32()),
    }
    return pa.table(columns | {signal.name: table[signal.name] for signal in catalogue})


def dated(days: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return days since 1970-01-01 as dates."""
    return days.cast(pa.int32()).cast(pa.date32())


def truth(told: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what an engine may tell as 0 and 1 as true and false."""
    return told.cast(pa.bool_())
