"""The form of the log's segments on disk, shared by the log that writes them and the lake that takes them over."""

# isort: off
from staycourse.adapters.segments.batches import encode_events
from staycourse.adapters.segments.disk import (
    alone_with, guarded, make_folder, publish_file, remove_files, sync_file, sync_folder, write_all,
)  # fmt: skip
from staycourse.adapters.segments.folder import (
    CLOSED, DAMAGED, OPEN, keep_aside, lane_folder, lane_number, lanes, segment_number,
)  # fmt: skip
from staycourse.adapters.segments.frames import (
    HEADER_BYTES, Frame, Reading, holds_frame, new_header, pack_frame, read_frames,
)  # fmt: skip
from staycourse.adapters.segments.reading import Choose, Fresh, FreshReader, TailReading, event_of, read_live
from staycourse.adapters.segments.reading_batches import decode_events
from staycourse.adapters.segments.parts import ClosedParts, Part, PartContent, SegmentParts

__all__ = [
    "CLOSED", "Choose", "ClosedParts", "DAMAGED", "Frame", "Fresh", "FreshReader", "HEADER_BYTES", "OPEN", "Part",
    "PartContent", "Reading", "SegmentParts", "TailReading", "alone_with", "decode_events", "encode_events",
    "event_of", "guarded", "holds_frame", "keep_aside", "lane_folder", "lane_number", "lanes", "make_folder",
    "new_header", "pack_frame", "publish_file", "read_frames", "read_live", "remove_files", "segment_number",
    "sync_file", "sync_folder", "write_all",
]  # fmt: skip
