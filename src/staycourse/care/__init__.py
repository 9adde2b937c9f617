"""What to do: which risks alert, how pressing each is, the answer that is chosen, and whether it may be sent now."""

# isort: off
from staycourse.care.admission import Admission, Underway, admit
from staycourse.care.budget import within_budget
from staycourse.care.campaigns import qualifies
from staycourse.care.candidates import CANDIDATES_SCHEMA, candidates, needing_care
from staycourse.care.channel import Channel, ChannelHealth, ChannelState, Outgoing, Receipt, TransportFault
from staycourse.care.compiling import MESSAGE_KINDS, Node, nodes_of
from staycourse.care.guard import consented, decide, is_minor
from staycourse.care.priority import priority
from staycourse.care.records import (
    EVERYTHING, OPEN_STATES, Address, Alert, AlertPlan, Consent, Draw, Entry, Person, Sent, Verdict, Waiting,
)  # fmt: skip
from staycourse.care.suggestions import suggestion_of

__all__ = [
    "Address", "Admission", "Alert", "AlertPlan", "CANDIDATES_SCHEMA", "Channel", "ChannelHealth", "ChannelState",
    "Consent", "Draw", "EVERYTHING", "Entry", "MESSAGE_KINDS", "Node", "OPEN_STATES", "Outgoing", "Person", "Receipt",
    "Sent", "TransportFault", "Underway", "Verdict", "Waiting", "admit", "candidates", "consented", "decide",
    "is_minor", "needing_care", "nodes_of", "priority", "qualifies", "suggestion_of", "within_budget",
]  # fmt: skip
