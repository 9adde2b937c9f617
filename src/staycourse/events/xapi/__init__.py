"""xAPI statements read as events: one documented, pure mapping for every door that takes statements."""

from staycourse.events.xapi.mapping import events_of_statement
from staycourse.events.xapi.rules import (
    DEFAULT_VERB_MAP,
    TAKES,
    Unmapped,
    VerbMap,
    VerbRule,
    verb_map,
)
from staycourse.events.xapi.table import ACTIVITY_KINDS, DEFAULT_RULES, KINDS

__all__ = [
    "ACTIVITY_KINDS", "DEFAULT_RULES", "DEFAULT_VERB_MAP", "KINDS", "TAKES", "Unmapped", "VerbMap", "VerbRule",
    "events_of_statement", "verb_map",
]  # fmt: skip
