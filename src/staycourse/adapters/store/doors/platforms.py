"""The learning platforms that may launch people here, what their courses are called here, and the launches done."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.access import mark_of
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.desk import Platform
from staycourse.kernel import BadInput, NotFound, worded


class PlatformBook:
    """The platforms of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, tenant: str, platform: Platform) -> None:
        """Add a platform; BadInput if its name, or its issuer and client id together, are there already."""
        row = {"tenant": tenant, **asdict(platform), "deployments": sorted(platform.deployments)}
        if not self.database.write(lambda connection: insert_new(connection, schema.platforms, [row])):
            raise BadInput(
                "this name, or this issuer and client id, is there already", where="platform",
                mend="remove the one that is there first",
            )  # fmt: skip

    def platforms(self, tenant: str) -> list[Platform]:
        """Return every platform by name."""
        table = schema.platforms
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.tenant == tenant).order_by(table.c.platform))
            return [_platform(row) for row in rows.mappings()]

    def platform(self, tenant: str, name: str) -> Platform | None:
        """Return one platform by name."""
        table = schema.platforms
        here = and_(table.c.tenant == tenant, table.c.platform == name)
        with self.database.reading() as connection:
            row = connection.execute(select(table).where(here)).mappings().first()
            return _platform(row) if row else None

    def remove(self, tenant: str, name: str) -> None:
        """Remove a platform with everybody whom it sent, and their sessions; NotFound if there is none."""
        table, people = schema.platforms, schema.members

        def work(connection: Connection) -> None:
            here = and_(table.c.tenant == tenant, table.c.platform == name)
            if not connection.execute(delete(table).where(here)).rowcount:
                raise NotFound(
                    worded("there is no platform {name!r}", name=name[:60]),
                    where="platform",
                    mend="see staycourse lti list",
                )
            connection.execute(delete(people).where(people.c.tenant == tenant, people.c.platform == name))

        self.database.write(work)

    def name_course(self, tenant: str, platform: str, context: str, course: str) -> None:
        """Say which course of ours a platform's context is; NotFound if there is no such platform."""
        if self.platform(tenant, platform) is None:
            raise NotFound(
                worded("there is no platform {platform!r}", platform=platform[:60]),
                where="platform",
                mend="see staycourse lti list",
            )
        row = {"tenant": tenant, "platform": platform, "context": context, "course": course}
        self.database.write(lambda connection: upsert(connection, schema.contexts, [row]))

    def named_courses(self, tenant: str, platform: str) -> dict[str, str]:
        """Return the operator's map of a platform's contexts to our courses."""
        table = schema.contexts
        here = and_(table.c.tenant == tenant, table.c.platform == platform)
        with self.database.reading() as connection:
            rows = connection.execute(select(table.c.context, table.c.course).where(here).order_by(table.c.context))
            return {row.context: row.course for row in rows}

    def use_once(self, tenant: str, nonce: str, now: datetime, kept: timedelta) -> bool:
        """Note that a nonce was used, and say whether that was for the first time; it is remembered for `kept`."""
        table = schema.launches

        def work(connection: Connection) -> int:
            connection.execute(delete(table).where(table.c.tenant == tenant, table.c.until <= now))
            row = {"tenant": tenant, "nonce": mark_of(nonce), "until": now + kept}
            return insert_new(connection, table, [row])

        return bool(self.database.write(work))


def _platform(row: RowMapping) -> Platform:
    return Platform(**{name: value for name, value in row.items() if name not in ("tenant", "deployments")},
                    deployments=tuple(row["deployments"]))  # fmt: skip
