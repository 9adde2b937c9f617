"""The event log as segment files: durable appends with group commit, and its end read as it grows."""

from staycourse.adapters.log.erasing import remove_damaged, waiting_events
from staycourse.adapters.log.segment_log import SegmentLog
from staycourse.adapters.log.tail import Reading, read_tail

__all__ = ["Reading", "SegmentLog", "read_tail", "remove_damaged", "waiting_events"]
