"""The event log as segment files: durable appends with group commit."""

from staycourse.adapters.log.segment_log import SegmentLog

__all__ = ["SegmentLog"]
