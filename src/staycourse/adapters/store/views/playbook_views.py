"""Playbooks as people look at them: who stands where, what each step has made, who is in it and why they left."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, Table, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import course_title, journeys_asked
from staycourse.desk.playbooks import Traveller

ENDED_STATES = ("done", "left")


class PlaybookViews:
    """The journeys of one store by playbook, to be looked at. Nothing is written here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def standing(self, tenant: str, playbook: str) -> dict[str, int]:
        """Count the active journeys of a playbook by the step they stand at."""
        return self._by_step(schema.standing, tenant, playbook)

    def sent(self, tenant: str, playbook: str) -> dict[str, int]:
        """Count the messages that a playbook's journeys have made, by step, whatever became of them."""
        return self._by_step(schema.messages, tenant, playbook)

    def handed(self, tenant: str, playbook: str) -> dict[str, int]:
        """Count the tasks that a playbook's journeys have made, by script."""
        table = schema.tasks
        asked = select(table.c.script, func.count()).where(table.c.tenant == tenant, table.c.playbook == playbook)
        return self._counts(asked.group_by(table.c.script))

    def reasons(self, tenant: str, playbook: str) -> tuple[tuple[str, int], ...]:
        """Count the ended journeys of a playbook by why they ended, most first."""
        table = schema.journeys
        asked = select(table.c.reason, func.count()).where(
            table.c.tenant == tenant, table.c.playbook == playbook, table.c.state.in_(ENDED_STATES)
        )
        found = self._counts(asked.group_by(table.c.reason))
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def travellers(self, tenant: str, playbook: str, state: str, page: int, per_page: int) -> list[Traveller]:
        """Return one page of the journeys in `state`: who is due first, else who ended or entered last."""
        table = schema.journeys
        asked = journeys_asked().where(table.c.tenant == tenant, table.c.playbook == playbook, table.c.state == state)
        newest = (table.c.left_at.desc().nulls_last(), table.c.entered.desc())
        order = (schema.standing.c.due,) if state == "active" else newest
        asked = asked.order_by(*order, table.c.journey).limit(per_page).offset((page - 1) * per_page)
        with self.database.reading() as connection:
            return [_traveller(row) for row in connection.execute(asked).mappings()]

    def _by_step(self, table: Table, tenant: str, playbook: str) -> dict[str, int]:
        """Count the rows of `table` that stand at, or came from, the steps of a playbook, by step."""
        nodes = schema.nodes
        asked = select(nodes.c.step, func.count()).join_from(table, nodes, nodes.c.node == table.c.node)
        here = (table.c.tenant == tenant, nodes.c.tenant == tenant, nodes.c.playbook == playbook)
        return self._counts(asked.where(*here).group_by(nodes.c.step))

    def _counts(self, asked: Any) -> dict[str, int]:
        with self.database.reading() as connection:
            return {str(name): int(count) for name, count in connection.execute(asked)}


def _traveller(row: RowMapping) -> Traveller:
    values = dict(row)
    return Traveller(
        journey=values["journey"], learner=values["learner"], name=values["name"], course_title=course_title(row),
        tier=values["tier"], alert=values["alert"], step=values["step"] or "", awaits=values["awaits"] or "",
        due=values["due"], entered=values["entered"], left_at=values["left_at"], state=values["state"],
        reason=values["reason"],
    )  # fmt: skip
