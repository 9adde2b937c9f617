"""Trials of policies in the store: what was asked, by whom it is computed, how far it is, what came of it.

One trial of a tenant runs at a time, whoever asks and however many processes would compute it: it is taken with a
lease, as messages are. A process that is gone loses its lease, and another begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new
from staycourse.kernel import TooMany, fresh_id, worded

ASKED, RUNNING, DONE, FAILED, CANCELLED = "asked", "running", "done", "failed", "cancelled"
LIVE: Final = (ASKED, RUNNING)

MOST_LIVE: Final = 4
"""How many trials of one tenant may run or wait at a time."""

KEPT: Final = 12
"""How many that have ended are kept of one tenant, the newest."""

MOST_TRIES: Final = 3
"""How often a trial is begun whose processes go without a word, before it has failed."""

KILLED: Final = "whatever computed it was killed again and again; give the machine more memory and begin it again"


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial as it is kept; `question` and `report` are JSON, the report "" until it is done."""

    trial: str
    kind: str
    state: str
    asked: datetime
    actor: str
    question: str
    stage: str
    so_far: int
    of_all: int
    ended: datetime | None
    fault: str
    report: str = ""


class TrialBook:
    """The trials of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def ask(self, tenant: str, kind: str, question: str, actor: str, now: datetime) -> str:
        """Ask for a trial and return its id; the one of the same question that waits or runs, if there is any.

        TooMany where as many wait already as may.
        """
        table = schema.trials

        def work(connection: Connection) -> str:
            self.database.alone(connection, "trials", tenant)
            live = connection.execute(
                select(table.c.trial, table.c.kind, table.c.question)
                .where(table.c.tenant == tenant, table.c.state.in_(LIVE))
            ).all()  # fmt: skip
            for one in live:
                if (one.kind, one.question) == (kind, question):
                    return str(one.trial)
            if len(live) >= MOST_LIVE:
                raise TooMany(
                    worded("{count} trials wait or run already", count=len(live)),
                    mend="wait until one has ended, or cancel one",
                )
            trial = fresh_id()
            row = {"tenant": tenant, "trial": trial, "kind": kind, "state": ASKED, "asked": now,
                   "actor": actor[:200], "question": question}  # fmt: skip
            insert_new(connection, table, [row])
            _let_go(connection, tenant)
            return trial

        return self.database.write(work)

    def trial(self, tenant: str, trial: str) -> TrialRow | None:
        """Return a trial with its report, if it is there."""
        table = schema.trials
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.trial == trial)
            row = connection.execute(asked).mappings().first()
        return _row(row, row["report"]) if row is not None else None

    def latest(self, tenant: str) -> list[TrialRow]:
        """Return the trials, newest first, without their reports."""
        table = schema.trials
        columns = [column for column in table.c if column.name != "report"]
        asked = select(*columns).where(table.c.tenant == tenant).order_by(table.c.asked.desc(), table.c.trial)
        with self.database.reading() as connection:
            return [_row(row) for row in connection.execute(asked).mappings()]

    def waits(self, tenant: str, now: datetime) -> bool:
        """Say whether there is something to compute, and nobody who does."""
        table = schema.trials
        here = table.c.tenant == tenant
        asked = select(
            select(table.c.trial).where(here, table.c.state.in_(LIVE)).exists(),
            select(table.c.trial).where(here, _held(now)).exists(),
        )
        with self.database.reading() as connection:
            some, held = connection.execute(asked).one()
        return bool(some and not held)

    def claim(self, tenant: str, holder: str, now: datetime, length: timedelta) -> TrialRow | None:
        """Take the trial that waits longest for `length`; None while another runs, or nothing waits.

        One that was begun too often and never ended has failed.
        """
        table = schema.trials

        def work(connection: Connection) -> TrialRow | None:
            self.database.alone(connection, "trials", tenant)
            here = table.c.tenant == tenant
            if connection.scalar(select(func.count()).select_from(table).where(here, _held(now))):
                return None
            live = and_(here, table.c.state.in_(LIVE))
            given_up = update(table).where(live, table.c.tries >= MOST_TRIES)
            connection.execute(given_up.values(state=FAILED, ended=now, fault=KILLED, until=None))
            order = (table.c.asked, table.c.trial)
            row = connection.execute(select(table).where(live).order_by(*order).limit(1)).mappings().first()
            if row is None:
                return None
            taken = {"state": RUNNING, "holder": holder, "until": now + length, "tries": table.c.tries + 1,
                     "stage": "", "so_far": 0, "of_all": 0}  # fmt: skip
            still = and_(live, table.c.trial == row["trial"])  # it may be cancelled at this very moment
            return _row(row) if connection.execute(update(table).where(still).values(taken)).rowcount else None

        return self.database.write(work)

    def renew(
        self, tenant: str, trial: str, holder: str, until: datetime, stage: str = "", so_far: int = 0, of_all: int = 0
    ) -> bool:
        """Hold a trial until an instant and say how far it is; False if it was cancelled, or another has it."""
        fresh = {"until": until, "stage": stage, "so_far": so_far, "of_all": of_all}
        return self._write(tenant, _of(holder, trial), fresh, lightly=True) > 0

    def finish(self, tenant: str, trial: str, holder: str, now: datetime, *, report: str = "", fault: str = "") -> bool:
        """Note what came of a trial; False, and nothing, if it was cancelled, or another has it."""
        fresh = {"state": FAILED if fault else DONE, "ended": now, "report": report, "fault": fault, "until": None}
        return self._write(tenant, _of(holder, trial), fresh) > 0

    def let_go(self, tenant: str, holder: str, *, counted: bool) -> int:
        """Give back what a process that is gone was computing; without `counted` as if it had never been begun."""
        table = schema.trials
        fresh: dict[str, Any] = {"state": ASKED, "holder": "", "until": None, "stage": "", "so_far": 0, "of_all": 0}
        return self._write(tenant, _of(holder), fresh if counted else fresh | {"tries": table.c.tries - 1})

    def cancel(self, tenant: str, trial: str, now: datetime) -> bool:
        """Cancel a trial that waits or runs; False if it does not (any more)."""
        table = schema.trials
        here = and_(table.c.trial == trial, table.c.state.in_(LIVE))
        return self._write(tenant, here, {"state": CANCELLED, "ended": now, "until": None}) > 0

    def _write(self, tenant: str, here: ColumnElement[bool], fresh: Mapping[str, Any], *, lightly: bool = False) -> int:
        table = schema.trials
        settled = update(table).where(table.c.tenant == tenant, here).values(fresh)
        return self.database.write(lambda connection: connection.execute(settled).rowcount, lightly=lightly)


def _held(now: datetime) -> ColumnElement[bool]:
    """Whoever computes it has said so of late."""
    table = schema.trials
    return and_(table.c.state == RUNNING, table.c.until > now)


def _of(holder: str, trial: str | None = None) -> ColumnElement[bool]:
    table = schema.trials
    held = and_(table.c.state == RUNNING, table.c.holder == holder)
    return held if trial is None else and_(held, table.c.trial == trial)


def _let_go(connection: Connection, tenant: str) -> None:
    """Forget those that ended long ago."""
    table = schema.trials
    ended = and_(table.c.tenant == tenant, table.c.state.not_in(LIVE))
    order = (table.c.asked.desc(), table.c.trial)
    old = connection.scalars(select(table.c.trial).where(ended).order_by(*order).offset(KEPT)).all()
    if old:
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.trial.in_(old)))


def _row(row: Mapping[Any, Any], report: str = "") -> TrialRow:
    names = [name for name in TrialRow.__slots__ if name != "report"]
    return TrialRow(**{name: row[name] for name in names}, report=report)
