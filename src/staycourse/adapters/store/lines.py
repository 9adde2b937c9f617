"""Rows of care as the plain records that people look at: names and titles joined, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, or_, select

from staycourse.adapters.store import schema
from staycourse.desk import AddressLine, AuditLine, ConsentLine, JourneyLine, MessageLine, NoteLine, TaskLine
from staycourse.policy import Title

Titles = Mapping[str, Title]
"""What the operator calls each playbook."""

FEW = 2_000
"""As many learners are named to the database one by one."""


def with_names(table: Table, *more: Any) -> Select[Any]:
    """Select the rows of `table` (which has tenant, learner and course), with the learner's name and the course's
    title."""
    people, taught = schema.learners, schema.courses
    return (
        select(table, people.c.name, taught.c.title, *more)
        .join_from(table, people, _same(table, people, "learner"), isouter=True)
        .join(taught, _same(table, taught, "course"), isouter=True)
    )


def _same(table: Table, other: Table, column: str) -> ColumnElement[bool]:
    return and_(other.c.tenant == table.c.tenant, other.c[column] == table.c[column])


def searched(connection: Connection, tenant: str, table: Table, text: str) -> ColumnElement[bool]:
    """Return what finds the rows of the learners whose id or name holds `text`.

    A few are looked up first, and their rows found by the index of learners that `table` has. Where it is more than a
    few, their rows are met with anyway as the table is read, and nothing is joined to it.
    """
    people = schema.learners
    own = table.c.learner.icontains(text, autoescape=True)
    named = people.c.name.icontains(text, autoescape=True)
    found: set[str] = set()
    for asked in (
        select(people.c.learner).where(
            people.c.tenant == tenant, or_(people.c.learner.icontains(text, autoescape=True), named)
        ),
        select(table.c.learner).where(table.c.tenant == tenant, own).distinct(),
    ):
        found.update(connection.scalars(asked.limit(FEW + 1)))
        if len(found) > FEW:
            return or_(own, table.c.learner.in_(select(people.c.learner).where(people.c.tenant == tenant, named)))
    return table.c.learner.in_(sorted(found))


def course_title(row: RowMapping) -> str:
    """Return what a row's course is called."""
    return str(row["title"] or row["course"])


def journeys_asked() -> Select[Any]:
    """Select journeys with the step that they stand at."""
    place, nodes = schema.standing, schema.nodes
    return (
        with_names(schema.journeys, nodes.c.step, nodes.c.kind, place.c.due, place.c.awaits)
        .join(place, place.c.journey == schema.journeys.c.journey, isouter=True)
        .join(nodes, nodes.c.node == place.c.node, isouter=True)
    )


def journey_line(row: RowMapping, titles: Titles) -> JourneyLine:
    return JourneyLine(
        journey=row["journey"], playbook=row["playbook"], title=titles.get(row["playbook"]),
        course_title=course_title(row), cause=row["cause"], alert=row["alert"], arm=row["arm"], state=row["state"],
        step=row["step"] or "", kind=row["kind"] or "", awaits=row["awaits"] or "",
        due=row["due"] or row["left_at"] or row["entered"], entered=row["entered"],
        left_at=row["left_at"], reason=row["reason"],
    )  # fmt: skip


def message_line(row: RowMapping, titles: Titles) -> MessageLine:
    return MessageLine(
        key=row["key"], learner=row["learner"], name=row["name"], course_title=course_title(row),
        playbook=row["playbook"], title=titles.get(row["playbook"]), purpose=row["purpose"], template=row["template"],
        state=row["state"], reason=row["reason"], channel=row["channel"], created=row["created"], due=row["due"],
        sent=row["sent"], attempts=row["attempts"], error=row["error"],
    )  # fmt: skip


def task_line(row: RowMapping, titles: Titles) -> TaskLine:
    return TaskLine(
        task=row["task"], learner=row["learner"], name=row["name"], course_title=course_title(row),
        alert=row["alert"], playbook=row["playbook"], title=titles.get(row["playbook"]), cause=row["cause"],
        tier=row["tier"], script=row["script"], minutes=row["minutes"], state=row["state"], owner=row["owner"],
        created=row["created"], due=row["due"], claimed=row["claimed"], finished=row["finished"],
        outcome=row["outcome"], told=row["told"], reason=row["reason"],
    )  # fmt: skip


def note_line(row: RowMapping) -> NoteLine:
    return NoteLine(row["about"], row["author"], row["at"], row["text"])


def audit_line(row: RowMapping) -> AuditLine:
    return AuditLine(row["at"], row["actor"], row["action"], dict(row["details"]))


def address_line(row: RowMapping) -> AddressLine:
    return AddressLine(
        row["kind"], row["target"], row["guardian"], row["added"], row["disabled"], row["reason"]
    )  # fmt: skip


def consent_line(row: RowMapping) -> ConsentLine:
    return ConsentLine(row["channel"], row["purpose"], row["granted"], row["at"], row["source"])
