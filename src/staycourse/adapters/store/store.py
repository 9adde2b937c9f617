"""The store: what we were told and what we decided, in SQLAlchemy Core. Every call names its tenant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, Table, and_, delete, func, or_, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.desk import TodayFilter
from staycourse.events import Course, Learner

BATCH = 5_000


class Store:
    """One home's store. Every write is idempotent: saying the same thing twice changes nothing."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def ensure_tenant(self, tenant: str, zone: str, now: datetime) -> str:
        """Make `tenant` known with `zone` unless it is; return the zone in force."""
        known = self.tenants().get(tenant)
        if known is None:
            row = {"tenant": tenant, "zone": zone, "created": now}
            self.database.write(lambda connection: insert_new(connection, schema.tenants, [row]))
        return known or self.tenants()[tenant]

    def tenants(self) -> dict[str, str]:
        """Return every tenant with its zone."""
        with self.database.reading() as connection:
            rows = connection.execute(select(schema.tenants.c.tenant, schema.tenants.c.zone).order_by("tenant"))
            return {str(tenant): str(zone) for tenant, zone in rows}

    def put_courses(self, tenant: str, courses: Iterable[Course]) -> None:
        """Keep the courses; a course already known is replaced."""
        rows = _with_tenant(tenant, (msgspec.structs.asdict(course) for course in courses))
        self.database.write(lambda connection: upsert(connection, schema.courses, rows))

    def courses(self, tenant: str) -> list[Course]:
        """Return the tenant's courses by id."""
        with self.database.reading() as connection:
            rows = connection.execute(_of(schema.courses, tenant).order_by("course")).mappings()
            return [Course(**_without_tenant(row)) for row in rows]

    def course(self, tenant: str, course: str) -> Course | None:
        """Return one course, None if nothing is kept of it."""
        with self.database.reading() as connection:
            query = _of(schema.courses, tenant).where(schema.courses.c.course == course)
            row = connection.execute(query).mappings().first()
            return Course(**_without_tenant(row)) if row else None

    def put_learners(self, tenant: str, learners: Iterable[Learner]) -> None:
        """Keep the learners' attributes; what a later record leaves out (None) stays as it was."""
        rows = _with_tenant(tenant, (msgspec.structs.asdict(learner) for learner in learners))
        self.database.write(lambda connection: upsert(connection, schema.learners, rows, keep=True))

    def learner(self, tenant: str, learner: str) -> Learner | None:
        """Return one learner's attributes, None if there are none."""
        with self.database.reading() as connection:
            query = _of(schema.learners, tenant).where(schema.learners.c.learner == learner)
            row = connection.execute(query).mappings().first()
            return Learner(**_without_tenant(row)) if row else None

    def learners(self, tenant: str) -> list[Learner]:
        """Return every learner with attributes, by id."""
        with self.database.reading() as connection:
            rows = connection.execute(_of(schema.learners, tenant).order_by("learner")).mappings()
            return [Learner(**_without_tenant(row)) for row in rows]

    def birthdays(self, tenant: str) -> dict[str, str]:
        """Return the birthdays (MM-DD) that are known, by learner."""
        table = schema.learners
        with self.database.reading() as connection:
            asked = select(table.c.learner, table.c.birthday).where(
                table.c.tenant == tenant, table.c.birthday.is_not(None)
            )
            return {row.learner: row.birthday for row in connection.execute(asked)}

    def import_state(self, tenant: str, fingerprint: str) -> ImportState | None:
        """Return how far the import of that fingerprint came, None if it was never begun."""
        with self.database.reading() as connection:
            query = _of(schema.imports, tenant).where(schema.imports.c.fingerprint == fingerprint)
            row = connection.execute(query).mappings().first()
            return ImportState(**_without_tenant(row)) if row else None

    def put_import(self, tenant: str, state: ImportState) -> None:
        """Note how far an import has come."""
        rows = _with_tenant(tenant, [asdict(state)])
        self.database.write(lambda connection: upsert(connection, schema.imports, rows))

    def newest_policy(self, tenant: str) -> PolicyVersion | None:
        """Return the policy in force, None before the first."""
        with self.database.reading() as connection:
            query = _of(schema.policies, tenant).order_by(schema.policies.c.version.desc()).limit(1)
            row = connection.execute(query).mappings().first()
            return PolicyVersion(**_without_tenant(row)) if row else None

    def policies(self, tenant: str) -> list[PolicyVersion]:
        """Return every accepted policy, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(_of(schema.policies, tenant).order_by(schema.policies.c.version)).mappings()
            return [PolicyVersion(**_without_tenant(row)) for row in rows]

    def add_policy(
        self, tenant: str, text: str, note: str, now: datetime, *, author: str = "", parent: int | None = None
    ) -> int:
        """Accept `text` as the newest version and return its number; the same text as in force changes nothing.

        `parent` is the version it was made from; left out, the one that was in force.
        """

        def add(connection: Connection) -> int:
            self.database.alone(connection, "policy", tenant)
            query = _of(schema.policies, tenant).order_by(schema.policies.c.version.desc()).limit(1)
            newest = connection.execute(query).mappings().first()
            if newest and newest["text"] == text:
                return int(newest["version"])
            before = int(newest["version"]) if newest else None
            row = {"tenant": tenant, "version": (before or 0) + 1, "text": text, "note": note, "accepted": now,
                   "author": author, "parent": before if parent is None else parent}  # fmt: skip
            connection.execute(schema.policies.insert().values(row))
            return int(str(row["version"]))

        return self.database.write(add)

    def add_model(self, tenant: str, entry: ModelEntry) -> None:
        """Note a trained model."""
        rows = _with_tenant(tenant, [asdict(entry)])
        self.database.write(lambda connection: upsert(connection, schema.models, rows))

    def newest_model(self, tenant: str, known_by: date) -> ModelEntry | None:
        """Return the newest model that knew nothing after the day `known_by`, nor anybody who was erased since."""
        table = schema.models
        with self.database.reading() as connection:
            query = _of(table, tenant).where(table.c.known_by <= known_by, table.c.withdrawn.is_(None))
            row = connection.execute(query.order_by(table.c.known_by.desc(), table.c.created.desc())).mappings().first()
            return ModelEntry(**_without_tenant(row)) if row else None

    def model(self, tenant: str, model: str) -> ModelEntry | None:
        """Return the entry of one model."""
        with self.database.reading() as connection:
            row = (
                connection.execute(_of(schema.models, tenant).where(schema.models.c.model == model)).mappings().first()
            )
            return ModelEntry(**_without_tenant(row)) if row else None

    def put_run(self, tenant: str, run: Run, found: Sequence[Mapping[str, Any]]) -> None:
        """Publish a nightly run and its candidates in one transaction, in place of an earlier run of the same day."""
        table = schema.candidates

        def publish(connection: Connection) -> None:
            self.database.alone(connection, "run", tenant)
            connection.execute(delete(table).where(and_(table.c.tenant == tenant, table.c.as_of == run.as_of)))
            for start in range(0, len(found), BATCH):
                rows = [{**row, "tenant": tenant, "as_of": run.as_of} for row in found[start : start + BATCH]]
                connection.execute(table.insert(), rows)
            upsert(connection, schema.runs, _with_tenant(tenant, [asdict(run)]))

        self.database.write(publish)

    def runs(self, tenant: str, *, until: date | None = None, limit: int = 2) -> list[Run]:
        """Return the newest runs (as of `until` or earlier), newest first."""
        table = schema.runs
        with self.database.reading() as connection:
            query = _of(table, tenant).order_by(table.c.as_of.desc()).limit(limit)
            if until is not None:
                query = query.where(table.c.as_of <= until)
            return [Run(**_without_tenant(row)) for row in connection.execute(query).mappings()]

    def candidates(self, tenant: str, as_of: date, asked: TodayFilter) -> tuple[list[RowMapping], int]:
        """Return one page of the day's candidates, most pressing first, and how many match in all."""
        table = schema.candidates
        with self.database.reading() as connection:
            matching = _matching(_with_names(tenant, as_of), asked)
            found = connection.scalar(select(func.count()).select_from(matching.subquery())) or 0
            page = matching.order_by(table.c.priority.desc(), table.c.learner, table.c.course)
            rows = (
                connection.execute(page.limit(asked.per_page).offset((asked.page - 1) * asked.per_page))
                .mappings()
                .all()
            )
            return list(rows), int(found)

    def candidate_counts(
        self, tenant: str, as_of: date, column: str, within: tuple[str, ...] | None = None
    ) -> list[tuple[str, int]]:
        """Count the day's candidates by `column` (cause or tier), most first; only those of the courses `within`."""
        table = schema.candidates
        chosen = table.c[column]
        with self.database.reading() as connection:
            query = select(chosen, func.count()).where(table.c.tenant == tenant, table.c.as_of == as_of)
            if within is not None:
                query = query.where(table.c.course.in_(within))
            rows = connection.execute(query.group_by(chosen).order_by(func.count().desc(), chosen))
            return [(str(name), int(count)) for name, count in rows]


def _of(table: Table, tenant: str) -> Select[Any]:
    return select(table).where(table.c.tenant == tenant)


def _without_tenant(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "tenant"}


def _with_names(tenant: str, as_of: date) -> Select[Any]:
    table, people, taught = schema.candidates, schema.learners, schema.courses
    same_learner = and_(people.c.tenant == table.c.tenant, people.c.learner == table.c.learner)
    same_course = and_(taught.c.tenant == table.c.tenant, taught.c.course == table.c.course)
    return (
        select(table, people.c.name, taught.c.title)
        .join_from(table, people, same_learner, isouter=True)
        .join(taught, same_course, isouter=True)
        .where(table.c.tenant == tenant, table.c.as_of == as_of)
    )


def _matching(query: Select[Any], asked: TodayFilter) -> Select[Any]:
    table, people = schema.candidates, schema.learners
    if asked.within is not None:
        query = query.where(table.c.course.in_(asked.within))
    for column, wanted in ((table.c.course, asked.course), (table.c.cause, asked.cause), (table.c.tier, asked.tier)):
        if wanted:
            query = query.where(column == wanted)
    if asked.search:
        query = query.where(
            or_(
                table.c.learner.icontains(asked.search, autoescape=True),
                people.c.name.icontains(asked.search, autoescape=True),
            )
        )
    return query


def _with_tenant(tenant: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "tenant": tenant} for row in rows]
