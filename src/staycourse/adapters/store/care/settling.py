"""Which alerts still wait for an answer: told in their rows, so that a million of them can be listed and counted.

An alert is answered by a message of its journey that was sent, and by a task for a person that is open, claimed or
finished: whoever writes one of these calls one of these functions in the same transaction. A held-out one is left alone
on purpose. A step that tells the platform (a webhook: no template) reaches nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import chunked

ANSWERED = "answered"
AT_WORK = ("open", "claimed")


def settle_sent(connection: Connection, tenant: str, journeys: Iterable[int]) -> None:
    """Note that a message of these journeys was sent: the alerts that began them are answered."""
    table = schema.journeys
    begun = and_(table.c.tenant == tenant, table.c.journey.in_(sorted(set(journeys))))
    settle_handed(connection, tenant, connection.scalars(select(table.c.alert).where(begun)))


def settle_handed(connection: Connection, tenant: str, alerts: Iterable[str]) -> None:
    """Note that these alerts are answered, such as those for which a task opened.

    Written whatever stands there: who lets one of them wait again has locked its row, and comes before or after.
    """
    table = schema.alerts
    for some in chunked(alert for alert in alerts if alert):
        here = and_(table.c.tenant == tenant, table.c.alert.in_(some))
        connection.execute(update(table).where(here).values(settled=ANSWERED))


def wait_again(connection: Connection, tenant: str, alerts: Iterable[str]) -> None:
    """Let those of these alerts wait again that were answered by nothing but tasks which are closed now."""
    table = schema.alerts
    for some in chunked(alert for alert in alerts if alert):
        asked = select(table.c.alert, table.c.learner, table.c.settled).where(
            table.c.tenant == tenant, table.c.alert.in_(some)
        )
        rows = connection.execute(asked.order_by(table.c.alert).with_for_update()).all()
        learners = sorted({row.learner for row in rows})
        kept = _reached(connection, tenant, learners) | in_hand(connection, tenant, learners, (*AT_WORK, "done"))
        waiting = [row.alert for row in rows if row.settled == ANSWERED and row.alert not in kept]
        here = and_(table.c.tenant == tenant, table.c.alert.in_(waiting))
        connection.execute(update(table).where(here).values(settled=""))


def in_hand(connection: Connection, tenant: str, learners: Sequence[str], states: Sequence[str] = AT_WORK) -> set[str]:
    """Return the alerts of `learners` for which a person has a task in one of `states`."""
    table = schema.tasks
    # By the learners' own index, here and below: asked for states too, SQLite would go through all that have them.
    asked = select(table.c.alert, table.c.state).where(table.c.tenant == tenant, table.c.learner.in_(learners))
    return {row.alert for row in connection.execute(asked) if row.state in states}


def _reached(connection: Connection, tenant: str, learners: Sequence[str]) -> set[str]:
    """Return the alerts of `learners` of whose journeys a message was sent."""
    sent, journeys = schema.messages, schema.journeys
    asked = (
        select(journeys.c.alert, sent.c.state, sent.c.template)
        .join_from(sent, journeys, journeys.c.journey == sent.c.journey)
        .where(sent.c.tenant == tenant, sent.c.learner.in_(learners))
    )
    return {row.alert for row in connection.execute(asked) if row.state == "sent" and row.template}
