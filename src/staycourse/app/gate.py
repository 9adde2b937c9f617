"""The gate: what comes in of a learner who was erased is refused, whoever brings it and however late."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypeVar

from staycourse.adapters.log import SegmentLog
from staycourse.adapters.store import LawBook
from staycourse.events import Event, Learner, LogHealth

OfLearner = TypeVar("OfLearner", Event, Learner)
_LOG = logging.getLogger(__name__)


def not_erased(law: LawBook, tenant: str, records: Sequence[OfLearner]) -> Sequence[OfLearner]:
    """Return the records that are of nobody who was erased, or is being erased; how many were refused is logged."""
    gone = law.erased(tenant, {record.learner for record in records}) if records else set()
    if not gone:
        return records
    kept = [record for record in records if record.learner not in gone]
    _LOG.warning("%d records of %d erased learners were refused", len(records) - len(kept), len(gone))
    return kept


class GatedLog:
    """Implements events.EventLog over the segment log; events of erased learners never reach it."""

    def __init__(self, log: SegmentLog, law: LawBook) -> None:
        self._log = log
        self._law = law

    def append(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`, those of erased learners left out; see SegmentLog.append."""
        if kept := not_erased(self._law, tenant, events):
            self._log.append(tenant, kept)

    def roll(self) -> None:
        """Close the open segment, so that the compactor may take it."""
        self._log.roll()

    def health(self) -> LogHealth:
        """Say how much waits to be compacted and what was healed at opening."""
        return self._log.health()

    def close(self) -> None:
        """Close the open segment and let the folder go."""
        self._log.close()
