"""The client of a platform's programs: tell what happened, read what follows from it.

It needs nothing of the server's: no database, no model, no web framework is loaded.
"""

from staycourse.client.records import (
    Alert,
    CourseLine,
    EnrolmentSignals,
    Journey,
    LearnerRisk,
    LearnerSignals,
    Message,
    Page,
    PastRisk,
    Reason,
    Risk,
    Signal,
)

__all__ = [
    "Alert", "CourseLine", "EnrolmentSignals", "Journey", "LearnerRisk", "LearnerSignals", "Message", "Page",
    "PastRisk", "Reason", "Risk", "Signal",
]  # fmt: skip
