"""The outbox written anew without its look at the tenant: what was in it stays, so does what the database does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from old_stores import unmigrated, upgrade
from sqlalchemy import inspect, text

from staycourse.adapters.store.database import Database

ROW = """
INSERT INTO messages (tenant, key, learner, course, playbook, purpose, template, details, state, due, created)
VALUES ('main', '1:hello:0', 'ada', 'c', '', 'care', 'welcome', '{"channels": []}', 'claimed', 1, 1)
"""
TOLD = (
    "INSERT INTO tenants (tenant, zone, created) VALUES ('main', 'UTC', '2026-03-02 10:00:00')",
    "INSERT INTO webhooks (tenant, webhook, url, salt, created) VALUES ('main', 'w', 'u', 's', 1)",
    "INSERT INTO webhook_kinds (tenant, kind, webhook) VALUES ('main', 'message.sent', 'w')",
)


@pytest.fixture
def opened(empty_store: Path | str) -> Iterator[Database]:
    with unmigrated(empty_store) as database:
        yield database


def test_messages_their_indexes_and_their_triggers_stay(opened: Database) -> None:
    upgrade(opened, "0013")
    with opened.writing() as connection:
        for statement in TOLD:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(ROW)
        before = {index["name"] for index in inspect(connection).get_indexes("messages")}
    upgrade(opened, "0014")
    with opened.writing() as connection:
        known = inspect(connection)
        assert {index["name"] for index in known.get_indexes("messages")} == before
        assert known.get_foreign_keys("messages") == []
        connection.execute(text("UPDATE messages SET state = 'sent', sent = 2"))
        assert connection.execute(text("SELECT kind, subject FROM tellings")).all() == [("message.sent", "1:hello:0")]
