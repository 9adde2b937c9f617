"""Which log a home has: segment files on its own disk, or a stream that several machines share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from staycourse.adapters.jetstream import JetStreamPlace, read_address
from staycourse.adapters.log import SegmentPlace
from staycourse.adapters.segments import Choose, ClosedParts, FreshReader, TailReading
from staycourse.events import Event, EventLog, LogHealth
from staycourse.kernel import Settings


class LogPlace(Protocol):
    """A log, as its writers, its readers and whoever compacts it need it. Nothing is opened before it is asked for."""

    def writer(self) -> EventLog:
        """Return what appends; each process has one of its own."""
        ...

    def parts(self) -> ClosedParts:
        """Return what may be compacted."""
        ...

    def settle(self) -> None:
        """Make what processes that are gone left behind ready to be compacted."""
        ...

    def being_written(self) -> Collection[object]:
        """Name what is acknowledged and not among the parts yet, because a process still writes there."""
        ...

    def read_tail(
        self,
        tenant: str,
        position: str,
        verbs: Collection[str],
        *,
        within: Collection[str] | None = None,
        choose: Choose | None = None,
    ) -> TailReading:
        """Return the tenant's live events of `verbs` after `position`; of the parts `within` alone, if given.

        `choose` leaves out what means nothing to who reads.
        """
        ...

    def fresh(self, tenant: str, applied: Collection[str]) -> FreshReader:
        """Return what reads the tenant's frames as they come, but for the parts `applied`, which the lake holds."""
        ...

    def waiting_events(self, tenant: str, learner: str) -> list[Event]:
        """Return the learner's events that no compaction has taken over yet."""
        ...

    def remove_damaged(self, names: Collection[str]) -> int:
        """Remove damaged bytes kept aside that name one of `names`; return how many pieces that were."""
        ...

    def health(self, own: LogHealth | None) -> LogHealth:
        """Return the health of the whole log, given that of one's own writer if there is one."""
        ...

    def close(self) -> None:
        """Let go what was opened to read."""
        ...


def log_place(settings: Settings) -> LogPlace:
    """Return the log that the settings name; BadSettings if that cannot be understood."""
    if settings.log:
        return JetStreamPlace(read_address(settings.log), settings.clock)
    return SegmentPlace(settings.home / "log", settings.clock)
