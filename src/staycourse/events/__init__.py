"""What happened: the vocabulary of events, their validation, the log's Protocol, the rollup's definition."""

from staycourse.events.counters import COUNTERS, COUNTERS_BY_NAME, Counter
from staycourse.events.course import Course, check_course
from staycourse.events.learner import Learner, check_currency, check_learner
from staycourse.events.log import EventLog, LogHealth, Packed
from staycourse.events.record import SCHEMA_VERSION, Event
from staycourse.events.rollup import EVENT_COLUMNS, rollup_of
from staycourse.events.shapes import NO_TIME, shape_error
from staycourse.events.validation import check_event, event_of
from staycourse.events.vocabulary import (
    FAMILIES,
    LEARNING_VERBS,
    PRESENCE_VERBS,
    TEXT_VERBS,
    VERBS,
    VERBS_BY_NAME,
    Verb,
)

__all__ = [
    "COUNTERS", "COUNTERS_BY_NAME", "Counter", "Course", "EVENT_COLUMNS", "Event", "EventLog", "FAMILIES",
    "LEARNING_VERBS", "Learner", "LogHealth", "NO_TIME", "PRESENCE_VERBS", "Packed", "SCHEMA_VERSION", "TEXT_VERBS",
    "VERBS", "VERBS_BY_NAME", "Verb", "check_course", "check_currency", "check_event", "check_learner", "event_of",
    "rollup_of", "shape_error",
]  # fmt: skip
