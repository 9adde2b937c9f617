"""How alerts ended, in the store: which are due to be judged, what was done for each, and the endings found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.firsts import arm_of, named, settle_firsts
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import among, insert_new, listed
from staycourse.review import AlertFacts, Ended, Leaver

REACHED = ("reached", "reason_told", "promised")
"""The outcomes of a task in which a person spoke with the learner."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done for one alert: the first contact and its channel, advisors' minutes, campaigns of coupons."""

    contacted: datetime | None = None
    channel: str = ""
    minutes: int = 0
    campaigns: tuple[str, ...] = ()


class JudgingBook:
    """The endings of one store's alerts."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def due(self, tenant: str, known_by: date) -> list[Mapping[str, Any]]:
        """Return the alerts without an ending whose horizon had passed by the end of `known_by`, with their `arm`."""
        table = schema.alerts
        waiting = and_(table.c.tenant == tenant, table.c.outcome == "")
        with self.database.reading() as connection:
            horizons = connection.scalars(select(table.c.horizon_days).where(waiting).distinct()).all()
            passed = [
                and_(table.c.horizon_days == days, table.c.as_of <= known_by - timedelta(days=days))
                for days in horizons
            ]
            if not passed:
                return []
            asked = select(
                table.c.alert, table.c.learner, table.c.course, table.c.as_of, table.c.horizon_days, table.c.tier,
                table.c.cause, table.c.rules, table.c.playbook, arm_of(table).label("arm"),
            ).where(waiting, or_(*passed))  # fmt: skip
            return [dict(row) for row in connection.execute(asked.order_by(table.c.as_of, table.c.alert)).mappings()]

    def put_leavers(self, tenant: str, leavers: Iterable[Leaver]) -> int:
        """Keep enrolments that were lost; who is there already stays as they are. Return how many are new."""
        rows = [{"tenant": tenant, **asdict(leaver)} for leaver in leavers]
        return self.database.write(lambda connection: insert_new(connection, schema.leavers, rows))

    def done_for(self, tenant: str, alerts: Sequence[str]) -> dict[str, Done]:
        """Return what was done for each of `alerts` for which anything was."""
        journey, task = schema.journeys.c.alert, schema.tasks.c.alert
        return self._done(tenant, alerts, journey, task, true())

    def done_in(self, tenant: str, playbook: str, learners: Sequence[str]) -> dict[str, Done]:
        """Return what was done for each of `learners` by the journeys of `playbook` that no alert began."""
        journey, task = schema.journeys.c, schema.tasks.c
        here = and_(journey.playbook == playbook, journey.alert == "")
        return self._done(tenant, learners, journey.learner, task.learner, here, task.playbook == playbook)

    def _done(
        self,
        tenant: str,
        keys: Sequence[str],
        journey: ColumnElement[str],
        task: ColumnElement[str],
        journeys: ColumnElement[bool],
        tasks: ColumnElement[bool] | None = None,
    ) -> dict[str, Done]:
        """Return what was done by `keys`, which the columns `journey` and `task` hold."""
        found: dict[str, dict[str, Any]] = {}
        some, names = among(self.database.dialect, "some"), {"some": listed(keys)}
        with self.database.reading() as connection:
            mine = and_(schema.journeys.c.tenant == tenant, journey.in_(some), journeys)
            for row in connection.execute(_sent(journey, mine), names):
                _contact(found.setdefault(row.key, {}), row.sent, row.channel)
            handed = and_(schema.tasks.c.tenant == tenant, task.in_(some), true() if tasks is None else tasks)
            for row in connection.execute(_handed(task, handed), names):
                one = found.setdefault(row.key, {})
                one["minutes"] = one.get("minutes", 0) + row.minutes
                if row.outcome in REACHED:
                    _contact(one, row.finished, "advisor")
            for row in connection.execute(_given(journey, mine), names):
                one = found.setdefault(row.key, {})
                one["campaigns"] = (*one.get("campaigns", ()), row.campaign)
        return {key: Done(**one) for key, one in found.items()}

    def keep(self, tenant: str, ended: Iterable[Ended], now: datetime) -> int:
        """Keep endings; an alert that has one keeps it. Return how many were new."""
        table = schema.alerts
        rows = [(one.facts, _ending(one, now)) for one in ended]

        def work(connection: Any) -> int:
            kept = 0
            for facts, values in rows:
                here = and_(table.c.tenant == tenant, table.c.alert == facts.alert, table.c.outcome == "")
                kept += connection.execute(update(table).where(here).values(values)).rowcount
            settle_firsts(self.database, connection, tenant, (facts.learner for facts, _ in rows))
            return kept

        return self.database.write(work) if rows else 0

    def endings(self, tenant: str) -> list[Ended]:
        """Return every ending, oldest alert first: of few alerts, such as a simulation's. See EndingViews for many."""
        table = schema.alerts
        columns = [*_FACTS, table.c.outcome, table.c.why, table.c.judged_on, table.c.lead_days,
                   table.c.learning_days_left, arm_of(table).label("arm")]  # fmt: skip
        asked = select(*columns).where(table.c.tenant == tenant, table.c.judged_on.is_not(None))
        with self.database.reading() as connection:
            rows = connection.execute(asked.order_by(table.c.as_of, table.c.alert)).mappings()
            return [_ended(dict(row)) for row in rows]


_FACTS = [
    schema.alerts.c[name]
    for name in (
        "alert", "learner", "course", "as_of", "horizon_days", "tier", "cause", "rules", "playbook", "channel",
        "absent_days", "contacted_on", "cost_minor", "currency", "course_ends",
    )
]  # fmt: skip


def _sent(key: ColumnElement[str], mine: ColumnElement[bool]) -> Any:
    """Select what reached learners on journeys; a webhook step has no template and tells the platform."""
    sent, journeys = schema.messages, schema.journeys
    return (
        select(key.label("key"), sent.c.sent, sent.c.channel)
        .join_from(journeys, sent, and_(sent.c.tenant == journeys.c.tenant, sent.c.journey == journeys.c.journey))
        .where(mine, sent.c.state == "sent", sent.c.template != "")
    )


def _handed(key: ColumnElement[str], mine: ColumnElement[bool]) -> Any:
    table = schema.tasks
    return select(key.label("key"), table.c.finished, table.c.outcome, table.c.minutes).where(
        mine, table.c.state == "done"
    )


def _given(key: ColumnElement[str], mine: ColumnElement[bool]) -> Any:
    given, sent, journeys = schema.coupons, schema.messages, schema.journeys
    return (
        select(key.label("key"), given.c.campaign)
        .join_from(given, sent, and_(sent.c.tenant == given.c.tenant, sent.c.key == given.c.key))
        .join(journeys, and_(journeys.c.tenant == sent.c.tenant, journeys.c.journey == sent.c.journey))
        .where(mine)
    )


def _contact(one: dict[str, Any], at: datetime | None, channel: str) -> None:
    if at is not None and (one.get("contacted") is None or at < one["contacted"]):
        one |= {"contacted": at, "channel": channel}


def _ending(ended: Ended, now: datetime) -> dict[str, Any]:
    facts = ended.facts
    return {
        "outcome": ended.ending, "why": ended.why, "judged": now, "judged_on": ended.judged_on,
        "lead_days": ended.lead_days, "learning_days_left": ended.learning_days_left,
        "absent_days": facts.absent_days, "contacted_on": facts.contacted_on, "channel": facts.channel or "",
        "cost_minor": facts.cost_minor, "currency": facts.currency or "", "course_ends": facts.ends_on,
    }  # fmt: skip


def _ended(row: Mapping[str, Any]) -> Ended:
    facts = AlertFacts(
        alert=row["alert"], learner=row["learner"], course=row["course"], as_of=row["as_of"],
        horizon_days=row["horizon_days"], tier=row["tier"], cause=row["cause"], rules=tuple(row["rules"]),
        playbook=named(row["playbook"]), channel=row["channel"] or None, arm=row["arm"],
        absent_days=row["absent_days"] or 0, ends_on=row["course_ends"], contacted_on=row["contacted_on"],
        cost_minor=row["cost_minor"], currency=row["currency"] or None,
    )  # fmt: skip
    return Ended(facts, row["outcome"], row["why"], row["judged_on"], row["lead_days"], row["learning_days_left"])
