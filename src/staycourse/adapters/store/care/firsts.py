"""Which judged alerts the evidence compares, kept beside their endings so that a million of them can be counted.

Of each judged alert stands in its row the arm in which it counts, and of what it is its learner's first. Both may
change after the judging, since an open alert may be answered later: whoever writes what they hang on calls one of
these functions in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import among, listed
from staycourse.care import EVERYTHING
from staycourse.review import AlertFacts, First, first_of

_WAITING = "firsts"
"""One writer at a time decides what is first: of two, each would miss what the other has just judged."""


def settle_firsts(database: Database, connection: Connection, tenant: str, learners: Iterable[str]) -> None:
    """Write anew what the evidence compares of `learners`; where nothing has changed, nothing is written."""
    names = sorted(set(learners))
    if names:
        database.alone(connection, _WAITING, tenant)
    for start in range(0, len(names), CHUNK):
        _settle(connection, tenant, names[start : start + CHUNK])


def settle_answered(database: Database, connection: Connection, tenant: str, alerts: Sequence[str]) -> None:
    """Do so for the learners of those of `alerts` that are judged: they were answered anew."""
    table = schema.alerts
    here = and_(table.c.tenant == tenant, table.c.alert.in_(among(connection.dialect.name, "some")))
    found = connection.execute(select(table.c.learner, table.c.judged_on).where(here), {"some": listed(alerts)})
    settle_firsts(database, connection, tenant, [row.learner for row in found if row.judged_on is not None])


def settle_drawn(database: Database, connection: Connection, tenant: str, learners: Collection[str]) -> None:
    """Do so for those of `learners`, just drawn, with a judged alert that had a playbook and was not let in: the draw
    tells its arm.
    """
    table = schema.alerts
    # By the learners' own index, and only then by what stands in the rows.
    asked = select(table.c.learner, table.c.judged_on, table.c.arm, table.c.playbook).where(
        table.c.tenant == tenant, table.c.learner.in_(among(connection.dialect.name, "some"))
    )
    found = connection.execute(asked, {"some": listed(sorted(learners))})
    refused = [row.learner for row in found if row.judged_on is not None and row.arm == "" and row.playbook]
    settle_firsts(database, connection, tenant, refused)


def arm_of(table: Any) -> ColumnElement[str]:
    """Return the arm of an alert as the evidence knows it.

    Who was drawn but not let in (another journey was under way) stays in the arm drawn; an alert for which nothing was
    drawn, since no playbook answers it, belongs to no experiment, as those that are never held out.
    """
    drawn = schema.draws
    own = (
        select(drawn.c.arm)
        .where(
            drawn.c.tenant == table.c.tenant, drawn.c.learner == table.c.learner, drawn.c.playbook == table.c.playbook
        )
        .scalar_subquery()
    )
    held = and_(table.c.arm == "held_out", table.c.playbook == EVERYTHING)
    return case(
        (held, "global_hold_out"),
        (table.c.arm != "", table.c.arm),
        (table.c.playbook == "", "exempt"),
        else_=func.coalesce(own, "treated"),
    )


def named(playbook: str) -> str | None:
    """Return the playbook of an alert; None where it has none, and where the learner is held out of everything."""
    return playbook if playbook not in ("", EVERYTHING) else None


def _settle(connection: Connection, tenant: str, learners: Sequence[str]) -> None:
    table = schema.alerts
    asked = select(
        table.c.alert, table.c.learner, table.c.course, table.c.as_of, table.c.horizon_days, table.c.tier,
        table.c.cause, table.c.playbook, table.c.course_ends, table.c.judged_on, table.c.evidence_arm,
        table.c.first_in, arm_of(table).label("arm"),
    ).where(table.c.tenant == tenant, table.c.learner.in_(learners))  # fmt: skip
    rows = [row for row in connection.execute(asked).mappings() if row["judged_on"] is not None]
    first = first_of(
        AlertFacts(
            alert=row["alert"], learner=row["learner"], course=row["course"], as_of=row["as_of"],
            horizon_days=row["horizon_days"], tier=row["tier"], cause=row["cause"], playbook=named(row["playbook"]),
            arm=row["arm"], ends_on=row["course_ends"],
        )
        for row in rows
    )  # fmt: skip
    settled = {row["alert"]: (row["arm"], int(first.get(row["alert"], First.OF_NOTHING))) for row in rows}
    fresh = [
        {"which": row["alert"], "its_arm": arm, "its_first": number}
        for row in rows
        for arm, number in [settled[row["alert"]]]
        if (row["evidence_arm"], row["first_in"]) != (arm, number)
    ]
    if fresh:
        here = and_(table.c.tenant == tenant, table.c.alert == bindparam("which"))
        settling = update(table).where(here).values(evidence_arm=bindparam("its_arm"), first_in=bindparam("its_first"))
        connection.execute(settling, fresh)
