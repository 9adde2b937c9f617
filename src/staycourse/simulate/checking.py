"""Were the promises kept? Counted again from what the product wrote down, by other code than that which kept them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from staycourse.adapters.store import schema
from staycourse.app.homes import Home
from staycourse.care import EVERYTHING
from staycourse.kernel import zone
from staycourse.policy import Policy

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise not kept (cap_day, cap_week, quiet_hours, held_out, unsubscribed, minor): to whom, and by what."""

    promise: str
    learner: str
    what: str


def broken_promises(home: Home, policy: Policy) -> list[Broken]:
    """Return every promise that was not kept towards any learner of the home's tenant; none, if all is well."""
    sent, people = _sent(home), _people(home)
    known = {row["learner"]: row for row in people}
    return [
        *_over_caps(sent, known, policy, home.zone),
        *_in_quiet(sent, known, policy, home.zone),
        *_held_out(home),
        *_after_no(home, sent),
        *_minors(home, sent, known, policy),
    ]


def _sent(home: Home) -> list[Row]:
    table = schema.messages
    with home.database.reading() as connection:
        asked = select(table).where(
            table.c.tenant == home.tenant, table.c.sent.is_not(None), table.c.purpose != "service"
        )
        return [dict(row) for row in connection.execute(asked).mappings()]


def _people(home: Home) -> list[Row]:
    with home.database.reading() as connection:
        asked = select(schema.learners).where(schema.learners.c.tenant == home.tenant)
        return [dict(row) for row in connection.execute(asked).mappings()]


def _local(at: datetime, row: Row | None, otherwise: ZoneInfo) -> datetime:
    return at.astimezone(zone(row["zone"]) if row and row["zone"] else otherwise)


def _over_caps(sent: Sequence[Row], known: Mapping[str, Row], policy: Policy, here: ZoneInfo) -> Iterator[Broken]:
    """Yield days and weeks (Monday to Sunday) of the learner's own clock with more messages than the caps allow."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for row in sent:
        local = _local(row["sent"], known.get(row["learner"]), here)
        year, week, _ = local.isocalendar()
        for channel in ("", row["channel"]):
            counted["cap_day", row["learner"], channel, local.date().isoformat()] += 1
            counted["cap_week", row["learner"], channel, f"{year}-{week}"] += 1
    for (promise, learner, channel, when), count in counted.items():
        caps: Any = policy.care.caps if not channel else policy.care.caps.channels.get(channel)
        bound = getattr(caps, "per_day" if promise == "cap_day" else "per_week") if caps is not None else "unlimited"
        if bound != "unlimited" and count > int(bound):
            yield Broken(promise, learner, f"{count} on {when} {channel}".strip())


def _in_quiet(sent: Sequence[Row], known: Mapping[str, Row], policy: Policy, here: ZoneInfo) -> Iterator[Broken]:
    start, end = policy.care.quiet_hours.start, policy.care.quiet_hours.end
    for row in sent:
        shown = _local(row["sent"], known.get(row["learner"]), here).strftime("%H:%M")
        if (start <= shown < end) if start <= end else (shown >= start or shown < end):
            yield Broken("quiet_hours", row["learner"], f"{row['key']} at {shown}")


def _held_out(home: Home) -> Iterator[Broken]:
    """Yield messages and tasks of learners who were drawn to get nothing, of everything or of that playbook.

    A journey that is exempt from every draw (a complaint, a refund enquiry) is none of the experiment.
    """
    draws, journeys = schema.draws, schema.journeys
    with home.database.reading() as connection:
        for table, key in ((schema.messages, schema.messages.c.key), (schema.tasks, schema.tasks.c.task)):
            asked = (
                select(table.c.learner, key.label("key"))
                .join_from(table, draws, and_(draws.c.tenant == table.c.tenant, draws.c.learner == table.c.learner))
                .join(journeys, journeys.c.journey == table.c.journey, isouter=True)
                .where(
                    table.c.tenant == home.tenant,
                    draws.c.arm == "held_out",
                    draws.c.drawn <= table.c.created,
                    or_(draws.c.playbook == EVERYTHING, draws.c.playbook == table.c.playbook),
                    or_(journeys.c.arm.is_(None), journeys.c.arm != "exempt"),
                )
            )
            for row in connection.execute(asked):
                yield Broken("held_out", row.learner, row.key)


def _after_no(home: Home, sent: Sequence[Row]) -> Iterator[Broken]:
    """Yield messages that went out after their learner had unsubscribed from everything."""
    table = schema.consents
    with home.database.reading() as connection:
        asked = select(table.c.learner, table.c.at).where(
            table.c.tenant == home.tenant, ~table.c.granted, table.c.channel == EVERYTHING
        )
        said: dict[str, datetime] = {}
        for row in connection.execute(asked):
            said[row.learner] = min(row.at, said.get(row.learner, row.at))
    for message in sent:
        if message["learner"] in said and message["sent"] > said[message["learner"]]:
            yield Broken("unsubscribed", message["learner"], message["key"])


def _minors(home: Home, sent: Sequence[Row], known: Mapping[str, Row], policy: Policy) -> Iterator[Broken]:
    """Yield messages to who may be under age that did not go to a guardian's address."""
    table = schema.addresses
    with home.database.reading() as connection:
        asked = select(table.c.address).where(table.c.tenant == home.tenant, table.c.guardian)
        guardians = set(connection.scalars(asked))
    for message in sent:
        person = known.get(message["learner"])
        born = person["birth_year"] if person else None
        where = _local(message["sent"], person, home.zone)
        young = born is not None and where.year - born - 1 < policy.care.minors.guardian_under
        if young and message["address"] not in guardians:
            yield Broken("minor", message["learner"], message["key"])
