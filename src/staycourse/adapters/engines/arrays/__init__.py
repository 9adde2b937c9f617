"""The rollup's and the signals' expressions as programs over arrays: for everyone in a night, for a few many times a
second.
"""

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.compared import Peers, peers_of
from staycourse.adapters.engines.arrays.courses import Courses, courses_of
from staycourse.adapters.engines.arrays.night import Night, night_of
from staycourse.adapters.engines.arrays.peers import Standing, group_of
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of
from staycourse.adapters.engines.arrays.reading import seen_of, stretches
from staycourse.adapters.engines.arrays.rolling import Events, events_of
from staycourse.adapters.engines.arrays.rows import LiveRows, Names
from staycourse.adapters.engines.arrays.run import Run, running
from staycourse.adapters.engines.arrays.seen import SEEN_KEYS, SeenRows, Stretch, in_one_piece, stretches_of
from staycourse.adapters.engines.arrays.settling import settled

__all__ = [
    "Array", "Column", "Courses", "Events", "Frame", "LiveRows", "Names", "Night", "Peers", "Program", "Run",
    "SEEN_KEYS", "SeenRows", "Standing", "Stretch", "as_arrow", "columns_of", "courses_of", "events_of", "group_of",
    "in_one_piece", "night_of", "peers_of", "running", "seen_of", "settled", "stretches", "stretches_of",
]  # fmt: skip
