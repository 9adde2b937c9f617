"""What to do: which risks alert, how pressing each is, and the answer that is suggested."""

from staycourse.care.budget import within_budget
from staycourse.care.candidates import CANDIDATES_SCHEMA, candidates, needing_care
from staycourse.care.channel import Channel, ChannelHealth, ChannelState, Outgoing, Receipt, TransportFault
from staycourse.care.priority import priority
from staycourse.care.suggestions import suggestion_of

__all__ = [
    "CANDIDATES_SCHEMA", "Channel", "ChannelHealth", "ChannelState", "Outgoing", "Receipt", "TransportFault",
    "candidates", "needing_care", "priority", "suggestion_of", "within_budget",
]  # fmt: skip
