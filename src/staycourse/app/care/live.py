"""Risk between the nights on one home: one worker at a time hears the log and scores whom it is about."""

from __future__ import annotations

import gc
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.lake import LakeStanding, heard_of_since, lake_columns, lake_standing
from staycourse.adapters.segments import Frame, FreshReader, decode_events
from staycourse.adapters.store import Checkpoints, LiveBook
from staycourse.adapters.store.care import AlertBook, FactBook
from staycourse.app.care.live_nights import night_of
from staycourse.app.care.newest_ids import Ids
from staycourse.app.homes.home import Home
from staycourse.app.homes.workers import ended, worker_name
from staycourse.care import Alert, AlertPlan
from staycourse.events import EVENT_COLUMNS, Course
from staycourse.feeling import feel_many
from staycourse.kernel import instant_at, local_day
from staycourse.live import LastNight, Live, LiveParts, live
from staycourse.policy import Policy

if TYPE_CHECKING:  # it brings ibis and its SQL compilers along
    from staycourse.adapters.engines.duckdb import LiveEngine

CURSOR = "live"
ALONE = timedelta(seconds=10)
"""How long after its last sign of life a worker's part is taken over by another."""

LOOK_AGAIN = timedelta(seconds=1)
"""How often the lease is renewed, the cursor is kept, and it is asked whether policy, night or lake are new."""

_NEVER = datetime.min.replace(tzinfo=UTC)

SLACK = timedelta(minutes=1)
"""So much earlier than the cursor says does a new worker begin: clocks of several machines differ."""

AT_ONCE = 1_000
"""How many learners are scored in one round."""

MOST_ROWS = 1_000_000
"""Rollup rows held in memory (550 bytes each); with more, the worker begins anew on what the lake has."""

PAUSE = 0.1
"""Seconds between two rounds of a worker that has nothing to hear yet; from then on the log says (FreshReader)."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Memory:
    """What a worker holds from when it began."""

    standing: LakeStanding
    log: FreshReader
    engine: LiveEngine
    night: date
    ids: Ids = field(default_factory=Ids)
    settled: bool = False


class LiveWorker:
    """Hears the log of one home's tenant and scores whom it is about. Give it `step` again and again; then `stop`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._clock = home.settings.clock
        self._name = worker_name()
        self._facts, self._alerts = FactBook(home.database), AlertBook(home.database)
        self._book, self._checkpoints = LiveBook(home.database), Checkpoints(home.database)
        self._memory: _Memory | None = None
        self._pending: dict[str, datetime] = {}
        self._heard_until: datetime | None = None
        self._looked = _NEVER
        self._night: LastNight | None = None
        self._policy: Policy | None = None
        self._courses: list[Course] = []
        self._zone: ZoneInfo = home.zone_of(home.tenant)

    def step(self) -> Live:
        """Run one round, if this worker is the one to; what cannot be read just now is read anew at the next."""
        now, tenant = self._clock.now(), self._home.tenant
        if not timedelta() <= now - self._looked < LOOK_AGAIN and not self._look(tenant, now):
            return Live(now)
        if self._night is None or self._policy is None or self._memory is None:
            return Live(now)
        parts = LiveParts(self, self, self, self)
        return live(parts, tenant, self._policy, self._night, now=now, zone=self._zone)

    @property
    def pause(self) -> float:
        """Seconds to rest after a round in which nobody was scored."""
        return self._memory.log.pause if self._memory is not None else PAUSE

    def stop(self) -> None:
        """Keep the place, and let others go on."""
        if self._memory is not None:
            tenant, now = self._home.tenant, self._clock.now()
            self._facts.finish(tenant, CURSOR, self._name, self._place(now).isoformat(), now)
            self.forget()
        self._checkpoints.stop()

    def forget(self) -> None:
        """Begin anew at the next step."""
        if self._memory is not None:
            self._memory.engine.close()
            gc.unfreeze()
        self._memory = None

    # What the live path asks of its parts (see live.py).

    def heard(self, tenant: str) -> Sequence[str]:
        """Return learners of whom something new is known."""
        self._hear(tenant)
        return list(self._pending)[:AT_ONCE]

    def done(self, tenant: str, learners: Sequence[str]) -> None:
        """Note that these were scored."""
        for learner in learners:
            self._pending.pop(learner, None)
        if self._memory is not None and not self._memory.settled:
            self._memory.settled = True
            _settle_memory()

    def signals(self, tenant: str, learners: Sequence[str], as_of: date, asked: Collection[str]) -> pa.Table:
        """Return the signals `asked` for of some learners as of now."""
        assert self._memory is not None  # noqa: S101 (a step has looked)
        return self._memory.engine.signals(learners, as_of, self._courses, asked)

    def keep(self, tenant: str, learners: Sequence[str], risks: pa.Table, now: datetime) -> None:
        """Keep live risks; nothing of who is being erased."""
        gone = self._home.gate.erased(tenant, lambda: list(learners))
        if gone:
            risks = risks.filter(pc.invert(pc.is_in(risks["learner"], value_set=pa.array(sorted(gone), pa.string()))))
        self._book.keep(tenant, learners, risks, now)
        self._checkpoints.come()

    def standing(self, tenant: str, learners: Sequence[str], closed_since: datetime) -> tuple[list[Alert], list[Alert]]:
        """Return the alerts of some learners."""
        return self._book.standing(tenant, learners, closed_since)

    def opened_since(self, tenant: str, since: datetime) -> int:
        """Count the alerts opened since an instant."""
        return self._book.opened_since(tenant, since)

    def follow(self, tenant: str, plan: AlertPlan, now: datetime) -> int:
        """Do what a plan of alerts says."""
        return self._alerts.follow(tenant, plan, now)

    # What the worker does for itself.

    def _look(self, tenant: str, now: datetime) -> bool:
        """Renew the lease, keep the place, and see what is new; False while another worker has the lease."""
        if not self._facts.lease(tenant, CURSOR, self._name, now, ALONE, ended):
            self.forget()
            self._looked = now
            return False
        self._learn_of_night(tenant)
        if self._night is None:
            self._looked = now
            return False
        if self._memory is None or self._is_past(self._memory):
            self._begin(tenant, now)
        elif self._heard_until is not None:
            self._facts.put_cursor(tenant, CURSOR, self._place(now).isoformat(), lightly=True)
        self._looked = now if self._memory is not None else _NEVER
        return True

    def _learn_of_night(self, tenant: str) -> None:
        home = self._home
        newest = home.store.newest_policy(tenant)
        version = newest.version if newest else 0
        if self._policy is None or self._policy.version != version:
            self._policy, self._night = home.policy(tenant), None
        self._courses = home.store.courses(tenant)
        runs = home.store.runs(tenant, limit=1)
        if not runs:
            self._night = None
        elif self._night is None or self._night.as_of != runs[0].as_of or self._night.model != (runs[0].model or ""):
            self._night = night_of(home, tenant, runs[0].as_of, runs[0].model, self._policy)
            self._book.drop_before(tenant, runs[0].as_of + timedelta(days=1))

    def _is_past(self, memory: _Memory) -> bool:
        """Say whether it is better to begin anew: a new night, too much held, or a segment went unheard."""
        assert self._night is not None  # noqa: S101 (it has been learned)
        if memory.night != self._night.as_of or memory.engine.rows > MOST_ROWS:
            return True
        now_there = lake_standing(self._home.path, self._home.tenant)
        return memory.log.unheard(now_there.applied)

    def _begin(self, tenant: str, now: datetime) -> None:
        """Begin with what the lake has; whom it heard of since the last worker's place is to be scored."""
        assert self._night is not None  # noqa: S101 (it has been learned)
        self.forget()
        home, kept = self._home, self._facts.cursor(tenant, CURSOR)
        since = min(datetime.fromisoformat(kept), now) - SLACK if kept else now - SLACK
        if not kept:  # who is killed before the first look would leave no place, and whom it had heard of unscored
            self._facts.put_cursor(tenant, CURSOR, now.isoformat())
        standing = lake_standing(home.path, tenant)
        from staycourse.adapters.engines.duckdb import LiveEngine

        engine = LiveEngine(home.path / "tenants" / tenant / "rollup", standing.files)
        peers = home.shelf.peers(tenant, self._night.as_of)
        if peers is not None:
            engine.compare_with(self._night.as_of, peers)
        self._memory = _Memory(standing, home.log_place.fresh(tenant, standing.applied), engine, self._night.as_of)
        for learner in heard_of_since(standing.files, since, local_day(since, self._zone)):
            self._pending.setdefault(learner, since)
        self._heard_until = since
        self._hear(tenant, since)
        if lake_standing(home.path, tenant).generation != standing.generation:
            self.forget()  # a compaction came between: what went from the log may be in neither; look again at once

    def _hear(self, tenant: str, since: datetime | None = None) -> None:
        """Take in what is new in the log; of what arrived before `since` only the counters."""
        memory = self._memory
        assert memory is not None  # noqa: S101 (a step has looked)
        while True:
            fresh = memory.log.read()
            if fresh.missed:
                _LOG.info("a segment of the log went unheard: the live worker begins anew")
                self.forget()
                self._looked = _NEVER
                return
            frames = [frame for frame in fresh.frames if frame.tenant == tenant and frame.count]
            if frames:
                self._take(tenant, memory, frames, since)
            if not fresh.more or (since is None and len(self._pending) >= AT_ONCE):
                return

    def _take(self, tenant: str, memory: _Memory, frames: Sequence[Frame], since: datetime | None) -> None:
        written = decode_events([(frame.payload, frame.count) for frame in frames])
        arrivals = np.repeat(np.array([frame.arrival for frame in frames], np.int64), [frame.count for frame in frames])
        told = np.array(memory.ids.fresh(written["event_id"].to_pylist()), np.bool_)
        if not told.all():
            written, arrivals = written.filter(pa.array(told)), arrivals[told]
        if not written.num_rows:
            return
        events = lake_columns(written, arrivals, self._zone, feel_many)
        memory.engine.take(events.select(list(EVENT_COLUMNS)))
        new = np.asarray(pc.invert(events["backfill"]), dtype=np.bool_)
        if since is not None:
            new &= arrivals >= int(since.timestamp() * 1e6)
        until = instant_at(int(arrivals.max()))
        for learner in pc.unique(events["learner"].filter(pa.array(new))).to_pylist():
            self._pending.setdefault(learner, until)
        self._heard_until = max(until, self._heard_until or until)

    def _place(self, now: datetime) -> datetime:
        """Return the instant up to which everybody heard of has been scored."""
        waiting = min(self._pending.values(), default=None)
        return min(waiting, now) if waiting is not None else min(self._heard_until or now, now)


def _settle_memory() -> None:
    """Let Python's collector look through what is held from here on no more: that takes as long as several rounds, and
    it would do so in the middle of one. What an earlier beginning had held is let go of first (see `forget`).
    """
    gc.collect()
    gc.freeze()
