"""The log of one machine as a place: where its writers, its readers and whoever compacts it meet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from staycourse.adapters.log.erasing import remove_damaged, waiting_events
from staycourse.adapters.log.fresh import FreshLog
from staycourse.adapters.log.lanes import close_left_lanes, open_lane, open_segments, waiting
from staycourse.adapters.log.segment_log import SegmentLog
from staycourse.adapters.log.tail import read_tail
from staycourse.adapters.segments import Choose, SegmentParts, TailReading
from staycourse.events import Event, LogHealth
from staycourse.kernel import Clock


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """Implements app.LogPlace over segment files in `folder`, a lane for each writer."""

    folder: Path
    clock: Clock

    def writer(self) -> SegmentLog:
        """Open a lane to append to; HomeInUse if every one is held."""
        return open_lane(self.folder, clock=self.clock)

    def parts(self) -> SegmentParts:
        """Return the closed segments."""
        return SegmentParts(self.folder)

    def settle(self) -> None:
        """Close what processes that are gone left open."""
        close_left_lanes(self.folder)

    def being_written(self) -> Collection[object]:
        """Name the segments that are open."""
        return open_segments(self.folder)

    def read_tail(
        self,
        tenant: str,
        position: str,
        verbs: Collection[str],
        *,
        within: Collection[str] | None = None,
        choose: Choose | None = None,
    ) -> TailReading:
        """Return what is new; see `read_tail`."""
        return read_tail(self.folder, tenant, position, verbs, within=within, choose=choose)

    def fresh(self, tenant: str, applied: Collection[str]) -> FreshLog:
        """Return what reads all lanes as they grow."""
        return FreshLog(self.folder, applied)

    def waiting_events(self, tenant: str, learner: str) -> list[Event]:
        """Return the learner's events that no compaction has taken over yet."""
        return waiting_events(self.folder, tenant, learner)

    def remove_damaged(self, names: Collection[str]) -> int:
        """Remove the damaged bytes put aside that name one of `names`; return how many pieces that were."""
        return remove_damaged(self.folder, names)

    def health(self, own: LogHealth | None) -> LogHealth:
        """Return the health of all lanes, given that of one's own if there is one."""
        return waiting(self.folder, own)

    def close(self) -> None:
        """Nothing is held open."""
