"""The event log as segment files: durable appends with group commit, and its end read as it grows."""

# isort: off
from staycourse.adapters.log.erasing import remove_damaged, waiting_events
from staycourse.adapters.log.fresh import FreshLog
from staycourse.adapters.log.journal import StatementJournal, put_aside, waiting_kept
from staycourse.adapters.log.kept import (
    LANES, Came, Content, Kept, instant_of, opened, packed, packed_apart, place_of, places_from, stored_texts,
)  # fmt: skip
from staycourse.adapters.log.lanes import close_left_lanes, open_lane, open_segments, waiting
from staycourse.adapters.log.place import SegmentPlace
from staycourse.adapters.log.segment_log import SegmentLog
from staycourse.adapters.log.tail import read_tail

__all__ = [
    "Came", "Content", "FreshLog", "Kept", "LANES", "SegmentLog", "SegmentPlace", "StatementJournal",
    "close_left_lanes", "instant_of", "open_lane", "open_segments", "opened", "packed", "packed_apart", "place_of",
    "places_from", "put_aside", "read_tail", "remove_damaged", "stored_texts", "waiting", "waiting_events",
    "waiting_kept",
]  # fmt: skip
