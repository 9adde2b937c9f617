"""The client of a platform's programs: tell what happened, read what follows from it.

It needs nothing of the server's: no database, no model, no web framework is loaded.
"""

from staycourse.client.buffer import WhenFull
from staycourse.client.client import Client
from staycourse.client.errors import BufferFull, Refused, Unreachable
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
    RiskNow,
    Signal,
)  # fmt: skip
from staycourse.client.sending import Rejection
from staycourse.client.transport import Answer, Transport
from staycourse.events import Event
from staycourse.kernel import BadEvent

__all__ = [
    "Alert", "Answer", "BadEvent", "BufferFull", "Client", "CourseLine", "EnrolmentSignals", "Event", "Journey",
    "LearnerRisk", "LearnerSignals", "Message", "Page", "PastRisk", "Reason", "Refused", "Rejection", "Risk", "RiskNow",
    "Signal", "Transport", "Unreachable", "WhenFull",
]  # fmt: skip
