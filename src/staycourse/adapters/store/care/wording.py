"""The operator's own templates, version by version, and the learners' inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new
from staycourse.care.messages import Template
from staycourse.kernel import Clock


class TemplateBook:
    """Templates saved in one store; what was never saved is the shipped one."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, tenant: str) -> dict[tuple[str, str], Template]:
        """Return the newest saved version of each template by (id, language)."""
        table = schema.templates
        found: dict[tuple[str, str], Template] = {}
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant).order_by(table.c.version)
            for row in connection.execute(asked).mappings():
                key = row["template"], row["language"]
                found[key] = Template(*key, row["subject"], row["text"], row["short"])
        return found

    def save(self, tenant: str, template: Template, author: str, now: datetime) -> int:
        """Keep a checked template as its next version, and return the version."""
        table = schema.templates

        def work(connection: Connection) -> int:
            self.database.alone(connection, "templates", tenant)
            here = (table.c.tenant == tenant) & (table.c.template == template.id)
            here &= table.c.language == template.language
            version = int(connection.scalar(select(func.max(table.c.version)).where(here)) or 0) + 1
            row = {
                "tenant": tenant, "template": template.id, "language": template.language, "version": version,
                "subject": template.subject, "text": template.text, "short": template.short, "saved": now,
                "author": author,
            }  # fmt: skip
            connection.execute(table.insert(), [row])
            return version

        return self.database.write(work)


class InboxBook:
    """The learners' inboxes of one store: where the channel of that kind delivers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def put(self, tenant: str, learner: str, key: str, subject: str, text: str, data: Mapping[str, str]) -> None:
        """Deliver a message; once per key."""
        row = {
            "tenant": tenant, "key": key, "learner": learner, "subject": subject[:300], "text": text,
            "data": dict(data), "at": self.clock.now(),
        }  # fmt: skip
        self.database.write(lambda connection: insert_new(connection, schema.inbox, [row]))

    def read(self, tenant: str, learner: str, limit: int = 50) -> list[Mapping[str, Any]]:
        """Return a learner's newest messages."""
        table = schema.inbox
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.learner == learner)
            rows = connection.execute(asked.order_by(table.c.at.desc(), table.c.key).limit(limit)).mappings()
            return [dict(row) for row in rows]

    def mark_read(self, tenant: str, learner: str, key: str, now: datetime) -> bool:
        """Note that a message was read; False if it is none of this learner's, or was read before."""
        table = schema.inbox
        here = (table.c.tenant == tenant) & (table.c.learner == learner) & (table.c.key == key)

        def work(connection: Connection) -> bool:
            return bool(connection.execute(update(table).where(here, table.c.read.is_(None)).values(read=now)).rowcount)

        return self.database.write(work)
