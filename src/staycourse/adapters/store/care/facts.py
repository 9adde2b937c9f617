"""What care must remember between ticks: facts to branch on, stages, its place in the log, facts on their way there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import DIFFERING, insert_new, upsert
from staycourse.care import entry_fact
from staycourse.events import Event

TIER = "attribute:tier"
"""The fact that names a core learner; nobody else has it."""


class FactBook:
    """The small facts of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def note(self, tenant: str, facts: Iterable[tuple[str, str, float | None, str]], at: datetime) -> None:
        """Keep facts (learner, fact, number, words) as of `at`; a fact that is known already is replaced."""
        rows = [
            {"tenant": tenant, "learner": learner, "fact": fact, "number": number, "words": words[:200], "at": at}
            for learner, fact, number, words in facts
        ]
        self.database.write(lambda connection: upsert(connection, schema.facts, rows))

    def within(self, tenant: str, fact: str, least: float, most: float) -> set[str]:
        """Return the learners whose number under `fact` lies between two bounds, both included."""
        table = schema.facts
        with self.database.reading() as connection:
            asked = select(table.c.learner).where(
                table.c.tenant == tenant, table.c.fact == fact, table.c.number.between(least, most)
            )
            return {row.learner for row in connection.execute(asked)}

    def happened(self, tenant: str, facts: Iterable[tuple[str, str, float | None, str, datetime]]) -> None:
        """Keep facts (learner, fact, number, words, at) as of their own times; what is known later than that stays."""
        rows = {
            (learner, fact): {
                "tenant": tenant, "learner": learner, "fact": fact, "number": number, "words": words[:200], "at": at
            }
            for learner, fact, number, words, at in sorted(facts, key=lambda one: one[4])
        }  # fmt: skip
        if rows:
            self.database.write(lambda connection: _keep_newer(connection, tenant, rows))

    def entering(self, tenant: str, learner: str, journey: int) -> tuple[float | None, str, datetime] | None:
        """Return what is kept of the event that began `journey` (number, words, at), None if none did."""
        table, journeys = schema.facts, schema.journeys
        with self.database.reading() as connection:
            asked = select(journeys.c.entry).where(journeys.c.tenant == tenant, journeys.c.journey == journey)
            fact = entry_fact(str(connection.scalar(asked) or ""))
            here = (table.c.tenant == tenant) & (table.c.learner == learner) & (table.c.fact == fact)
            row = connection.execute(select(table.c.number, table.c.words, table.c.at).where(here)).first()
        return (row.number, row.words, row.at) if row else None

    def tiers(self, tenant: str, learners: Iterable[str]) -> dict[str, str]:
        """Return the tier of each of `learners` as the newest night found it."""
        table, names = schema.facts, sorted(set(learners))
        found = dict.fromkeys(names, "regular")
        with self.database.reading() as connection:
            for start in range(0, len(names), CHUNK):
                asked = select(table.c.learner, table.c.words).where(
                    table.c.tenant == tenant, table.c.fact == TIER, table.c.learner.in_(names[start : start + CHUNK])
                )
                found.update({row.learner: row.words for row in connection.execute(asked)})
        return found

    def put_core(self, tenant: str, core: Iterable[str], at: datetime) -> None:
        """Note who is a core learner now; everybody else is not."""
        table = schema.facts

        def work(connection: Connection) -> None:
            asked = select(table.c.learner).where(table.c.tenant == tenant, table.c.fact == TIER)
            known = {row.learner for row in connection.execute(asked)}
            gone = sorted(known - fresh)
            for start in range(0, len(gone), CHUNK):
                some = gone[start : start + CHUNK]
                here = (table.c.tenant == tenant) & (table.c.fact == TIER) & table.c.learner.in_(some)
                connection.execute(delete(table).where(here))
            rows = [
                {"tenant": tenant, "learner": name, "fact": TIER, "number": None, "words": "core", "at": at}
                for name in sorted(fresh - known)
            ]
            insert_new(connection, table, rows)

        fresh = set(core)
        self.database.write(work)

    def stages(self, tenant: str) -> dict[str, str]:
        """Return every learner's lifecycle stage."""
        table = schema.stages
        with self.database.reading() as connection:
            rows = connection.execute(select(table.c.learner, table.c.stage).where(table.c.tenant == tenant))
            return {row.learner: row.stage for row in rows}

    def put_stages(self, tenant: str, now_in: Mapping[str, str], before: Mapping[str, str], since: date) -> None:
        """Keep the stages of those whose stage has changed."""
        rows = [
            {"tenant": tenant, "learner": learner, "stage": stage, "since": since, "before": before.get(learner, "")}
            for learner, stage in now_in.items()
            if before.get(learner) != stage
        ]
        self.database.write(lambda connection: upsert(connection, schema.stages, rows))

    def cursor(self, tenant: str, name: str) -> str:
        """Return the position kept under `name`, "" before the first."""
        table = schema.cursors
        with self.database.reading() as connection:
            asked = select(table.c.position).where(table.c.tenant == tenant, table.c.name == name)
            return str(connection.scalar(asked) or "")

    def put_cursor(self, tenant: str, name: str, position: str, *, lightly: bool = False) -> None:
        """Keep a position; `lightly` where what it speaks of was kept so before (see Database.writing)."""
        row = {"tenant": tenant, "name": name, "position": position}
        self.database.write(lambda connection: upsert(connection, schema.cursors, [row]), lightly=lightly)

    def lease(
        self,
        tenant: str,
        name: str,
        holder: str,
        now: datetime,
        length: timedelta,
        ended: Callable[[str], bool] = lambda _: False,
    ) -> bool:
        """Take or renew the lease `name`; False while another holds it, unless it is `ended`.

        One that lasts too long was taken by a clock that was ahead, and holds nobody up. It is written lightly: with
        the power its holder goes too.
        """
        table = schema.leases
        here = (table.c.tenant == tenant) & (table.c.name == name)

        def work(connection: Connection) -> bool:
            insert_new(connection, table, [{"tenant": tenant, "name": name, "holder": holder, "until": now}])
            before = str(connection.scalar(select(table.c.holder).where(here)))
            mine = [holder, before] if before != holder and ended(before) else [holder]
            free = here & or_(table.c.holder.in_(mine), table.c.until <= now, table.c.until > now + length + DIFFERING)
            return bool(
                connection.execute(update(table).where(free).values(holder=holder, until=now + length)).rowcount
            )

        return self.database.write(work, lightly=True)

    def finish(self, tenant: str, name: str, holder: str, position: str, now: datetime) -> bool:
        """Move the cursor `name` on and give back the lease of that name; False, and nothing, if another has it now."""
        table, cursors = schema.leases, schema.cursors

        def work(connection: Connection) -> bool:
            here = (table.c.tenant == tenant) & (table.c.name == name) & (table.c.holder == holder)
            if not connection.execute(update(table).where(here).values(until=now)).rowcount:
                return False
            upsert(connection, cursors, [{"tenant": tenant, "name": name, "position": position}])
            return True

        return self.database.write(work)

    def put_outward(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep facts that care made until they are in the log; a fact that is there is kept once."""
        rows = [
            {
                "tenant": tenant, "event_id": event.event_id, "learner": event.learner, "verb": event.verb,
                "course": event.course, "object": event.object, "value": event.value, "at": event.time,
                "attributes": event.attributes,
            }
            for event in events
        ]  # fmt: skip
        self.database.write(lambda connection: insert_new(connection, schema.outward, rows))

    def outward(self, tenant: str, limit: int) -> list[Event]:
        """Return facts that care made and that are not in the log yet, oldest first."""
        table = schema.outward
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant).order_by(table.c.at, table.c.event_id).limit(limit)
            return [
                Event(
                    event_id=row["event_id"], learner=row["learner"], verb=row["verb"], time=row["at"],
                    course=row["course"], object=row["object"], value=row["value"], source="staycourse",
                    attributes=row["attributes"],
                )
                for row in connection.execute(asked).mappings()
            ]  # fmt: skip

    def drop_outward(self, tenant: str, event_ids: Sequence[str]) -> None:
        """Forget facts that the log has acknowledged."""
        table = schema.outward

        def work(connection: Connection) -> None:
            for start in range(0, len(event_ids), CHUNK):
                some = event_ids[start : start + CHUNK]
                connection.execute(delete(table).where(table.c.tenant == tenant, table.c.event_id.in_(some)))

        self.database.write(work)

    def channel_result(self, tenant: str, channel: str, sent: int, error: str, failed: int, now: datetime) -> None:
        """Count what a channel did in one tick, and keep its newest error."""
        table = schema.channels

        def work(connection: Connection) -> None:
            insert_new(connection, table, [{"tenant": tenant, "channel": channel}])
            fresh: dict[str, Any] = {"sent": table.c.sent + sent, "failed": table.c.failed + failed}
            fresh |= {"last_sent": now} if sent else {}
            fresh |= {"last_failed": now, "last_error": error[:500]} if failed else {}
            here = (table.c.tenant == tenant) & (table.c.channel == channel)
            connection.execute(update(table).where(here).values(fresh))

        self.database.write(work)

    def channel_states(self, tenant: str) -> dict[str, Mapping[str, Any]]:
        """Return what each channel did so far: sent, failed, last_sent, last_failed, last_error."""
        table = schema.channels
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.tenant == tenant)).mappings()
            return {row["channel"]: dict(row) for row in rows}


def _keep_newer(connection: Connection, tenant: str, rows: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
    """Write those of `rows`, by (learner, fact), that are not older than what is known. Whoever does holds the lease of
    the tail, so that nothing comes in between."""
    table, names = schema.facts, sorted({learner for learner, _ in rows})
    known: dict[tuple[str, str], datetime] = {}
    for start in range(0, len(names), CHUNK):
        asked = select(table.c.learner, table.c.fact, table.c.at).where(
            table.c.tenant == tenant, table.c.learner.in_(names[start : start + CHUNK])
        )
        known.update({(row.learner, row.fact): row.at for row in connection.execute(asked)})
    upsert(connection, table, [row for key, row in rows.items() if key not in known or known[key] <= row["at"]])
