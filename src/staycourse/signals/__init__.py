"""What the events say: the catalogue of signals as data, and its compiler to one Ibis expression over the rollup."""

from staycourse.signals.catalogue import CATALOGUE, SIGNALS_BY_NAME
from staycourse.signals.compiler import (
    COURSE_COLUMNS,
    LEARNER_COLUMNS,
    ROLLUP_COLUMNS,
    is_plain,
    peer_counts,
    peer_signals,
    plain_signals,
    seen,
    signals_table,
)
from staycourse.signals.courses import COURSE_COUNTS, course_table, leavers, of_course, still_there, with_course
from staycourse.signals.engine import EventFile, Label, RollupReport, SignalEngine, Span, measured_span
from staycourse.signals.history import (
    ASKED_COLUMNS,
    activity_of,
    afterwards_table,
    gaps_table,
    outcomes_table,
    watched_table,
)
from staycourse.signals.looks import reaches, remembered, windows
from staycourse.signals.lots import Lots, bounds, drawn_table, lots, shares
from staycourse.signals.measures import SPANS, Rows
from staycourse.signals.peers import STANDING_COLUMNS, bases_of, by_week, compared_with, counts, standings
from staycourse.signals.signal import Signal

__all__ = [
    "ASKED_COLUMNS", "CATALOGUE", "COURSE_COLUMNS", "COURSE_COUNTS", "EventFile", "LEARNER_COLUMNS", "Label",
    "Lots", "ROLLUP_COLUMNS", "RollupReport", "Rows", "SIGNALS_BY_NAME", "SPANS", "STANDING_COLUMNS", "Signal",
    "SignalEngine", "Span", "activity_of", "afterwards_table", "bases_of", "bounds", "by_week", "compared_with",
    "counts", "course_table", "drawn_table", "gaps_table", "is_plain", "leavers", "lots", "measured_span",
    "of_course", "outcomes_table", "peer_counts", "peer_signals", "plain_signals", "reaches", "remembered", "seen",
    "shares", "signals_table", "standings", "still_there", "watched_table", "windows", "with_course",
]  # fmt: skip
