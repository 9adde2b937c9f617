"""The event log as segment files: durable appends with group commit, and its end read as it grows."""

from staycourse.adapters.log.erasing import remove_damaged, waiting_events
from staycourse.adapters.log.fresh import FreshLog
from staycourse.adapters.log.journal import Content, Kept, StatementJournal, opened, packed, put_aside, waiting_kept
from staycourse.adapters.log.lanes import close_left_lanes, open_lane, open_segments, waiting
from staycourse.adapters.log.place import SegmentPlace
from staycourse.adapters.log.segment_log import SegmentLog
from staycourse.adapters.log.tail import read_tail

__all__ = [
    "Content", "FreshLog", "Kept", "SegmentLog", "SegmentPlace", "StatementJournal", "close_left_lanes",
    "open_lane", "open_segments", "opened", "packed", "put_aside", "read_tail", "remove_damaged", "waiting",
    "waiting_events", "waiting_kept",
]  # fmt: skip
