"""How much of what stands in the store: what an operator's monitoring reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database

STATES = (("alerts", schema.alerts), ("messages", schema.messages), ("tasks", schema.tasks))


class GaugeViews:
    """Counts over all tenants."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def states(self) -> list[tuple[str, str, str, int]]:
        """Return what (alerts, messages, tasks), tenant, state and how many."""
        found: list[tuple[str, str, str, int]] = []
        with self.database.reading() as connection:
            for what, table in STATES:
                asked = select(table.c.tenant, table.c.state, func.count()).group_by(table.c.tenant, table.c.state)
                found += [(what, tenant, state, count) for tenant, state, count in connection.execute(asked)]
        return found

    def nights(self) -> list[tuple[str, datetime]]:
        """Return, by tenant, when its newest night was published."""
        table = schema.runs
        with self.database.reading() as connection:
            asked = select(table.c.tenant, func.max(table.c.finished, type_=table.c.finished.type)).group_by(
                table.c.tenant
            )
            return [(tenant, finished) for tenant, finished in connection.execute(asked) if finished is not None]
