"""The gate: what comes in of a learner who was erased is refused, whoever brings it and however late."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from staycourse.adapters.store import LawBook, Marks
from staycourse.events import Event, EventLog, Learner, LogHealth, Packed

OfLearner = TypeVar("OfLearner", Event, Learner)
_LOG = logging.getLogger(__name__)


class Gate:
    """Knows who was erased, anew after `fresh_seconds`: a server must not ask the store for each request.

    What slips through in that time is stopped when the log is compacted, which asks anew.
    """

    def __init__(
        self, law: LawBook, *, fresh_seconds: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._law = law
        self._fresh = fresh_seconds
        self._clock = clock
        self._known: dict[str, tuple[float, Marks]] = {}

    def fresh(self, tenant: str) -> bool:
        """Say whether the next question is answered without asking the store."""
        since, _ = self._known.get(tenant, (float("-inf"), None))
        return self._clock() - since < self._fresh

    def erased(self, tenant: str, learners: Callable[[], Sequence[str]]) -> set[str]:
        """Return those of `learners` who were erased, or are being erased; nobody is listed where nobody was."""
        marks = self._marks(tenant)
        return marks.of(learners()) if marks.every else set()

    def passed(self, tenant: str, records: Sequence[OfLearner]) -> Sequence[OfLearner]:
        """Return the records that are of nobody who was erased; how many were refused is logged."""
        gone = self.erased(tenant, lambda: [record.learner for record in records])
        if not gone:
            return records
        kept = [record for record in records if record.learner not in gone]
        _LOG.warning("%d records of %d erased learners were refused", len(records) - len(kept), len(gone))
        return kept

    def _marks(self, tenant: str) -> Marks:
        now = self._clock()
        since, marks = self._known.get(tenant, (float("-inf"), None))
        if marks is None or now - since >= self._fresh:
            marks = self._law.marks(tenant)
            self._known[tenant] = (now, marks)
        return marks


class GatedLog:
    """Implements events.EventLog over one writer of the log; events of erased learners never reach it."""

    def __init__(self, log: EventLog, gate: Gate) -> None:
        self._log = log
        self._gate = gate

    def append(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`, those of erased learners left out; see EventLog.append."""
        if kept := self._gate.passed(tenant, events):
            self._log.append(tenant, kept)

    def pack(self, tenant: str, events: Sequence[Event]) -> Sequence[Packed]:
        """Pack `events`, those of erased learners left out; see EventLog.pack."""
        kept = self._gate.passed(tenant, events)
        return self._log.pack(tenant, kept) if kept else ()

    def append_packed(self, tenant: str, packed: Sequence[Packed]) -> None:
        """Keep what was packed."""
        self._log.append_packed(tenant, packed)

    def roll(self) -> None:
        """Close the open segment, so that the compactor may take it."""
        self._log.roll()

    def health(self) -> LogHealth:
        """Say how much of this lane waits to be compacted and what was healed at opening."""
        return self._log.health()

    def close(self) -> None:
        """Close the open segment and let the lane go."""
        self._log.close()
