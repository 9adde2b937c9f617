"""The documents that xAPI clients keep with us: states of activities, profiles of activities and of agents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import upsert
from staycourse.kernel import natural_id


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """Where documents lie. `activity` and `agent` are terms, 0 for none; `registration` "" is none, None is any."""

    resource: str
    activity: int
    agent: int
    registration: str | None
    learner: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it is kept."""

    document: str
    content_type: str
    content: bytes
    etag: str
    updated: datetime


Change = Callable[[Document | None], tuple[str, bytes] | None]
"""What a request makes of a document: its new content type and content, None to delete it. May raise to refuse."""


class DocumentBook:
    """The documents of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def read(self, tenant: str, place: DocumentPlace, document: str) -> Document | None:
        """Return a document, None if there is none."""
        with self.database.reading() as connection:
            return _read(connection, tenant, _key(place, document))

    def change(self, tenant: str, place: DocumentPlace, document: str, change: Change, now: datetime) -> None:
        """Let `change` make a document anew from what is there: no other request comes between."""
        table, key = schema.xapi_documents, _key(place, document)

        def work(connection: Connection) -> None:
            self.database.alone(connection, "xapi-document", tenant, key)
            made = change(_read(connection, tenant, key))
            if made is None:
                connection.execute(delete(table).where(table.c.tenant == tenant, table.c.key == key))
                return
            content_type, content = made
            row = {
                "tenant": tenant, "key": key, "resource": place.resource, "activity": place.activity,
                "agent": place.agent, "registration": place.registration or "", "document": document,
                "learner": place.learner, "content_type": content_type, "content": content,
                "etag": hashlib.sha1(content, usedforsecurity=False).hexdigest(), "updated": now,
            }  # fmt: skip
            upsert(connection, table, [row])

        self.database.write(work)

    def names(self, tenant: str, place: DocumentPlace, since: datetime | None) -> Sequence[tuple[str, datetime]]:
        """Return the ids of the documents of a place, those changed after `since` alone, and when they were changed."""
        table = schema.xapi_documents
        asked = select(table.c.document, table.c.updated).where(_of(tenant, place))
        if since is not None:
            asked = asked.where(table.c.updated > since)
        with self.database.reading() as connection:
            rows = connection.execute(asked.order_by(table.c.document, table.c.registration)).all()
            return [(row.document, row.updated) for row in rows]

    def delete_all(self, tenant: str, place: DocumentPlace) -> int:
        """Delete every document of a place and return how many there were."""
        here = _of(tenant, place)
        table = schema.xapi_documents
        return self.database.write(lambda connection: connection.execute(delete(table).where(here)).rowcount)


def _read(connection: Connection, tenant: str, key: str) -> Document | None:
    table = schema.xapi_documents
    row = connection.execute(select(table).where(table.c.tenant == tenant, table.c.key == key)).mappings().first()
    return _document(row) if row else None


def _document(row: RowMapping) -> Document:
    return Document(row["document"], row["content_type"], row["content"], row["etag"], row["updated"])


def _key(place: DocumentPlace, document: str) -> str:
    return natural_id(place.resource, place.activity, place.agent, place.registration or "", document)


def _of(tenant: str, place: DocumentPlace) -> Any:
    table = schema.xapi_documents
    here = [table.c.tenant == tenant, table.c.resource == place.resource, table.c.activity == place.activity,
            table.c.agent == place.agent]  # fmt: skip
    if place.registration is not None:
        here.append(table.c.registration == place.registration)
    return and_(*here)
