"""What to do: which risks alert, how pressing each is, the answer that is chosen, and whether it may be sent now."""

# isort: off
from staycourse.care.admission import Admission, Underway, admit
from staycourse.care.alerts import ANSWERED_BY_PEOPLE, plan_alerts
from staycourse.care.asking import signals_asked
from staycourse.care.answering import Answer, Choose, answers, options
from staycourse.care.budget import within_budget
from staycourse.care.campaigns import qualifies
from staycourse.care.candidates import CANDIDATES_SCHEMA, candidates, needing_care
from staycourse.care.channel import Channel, ChannelHealth, ChannelState, Outgoing, Receipt, TransportFault
from staycourse.care.choice import Outcome, PlaybookRecord, choose, records_of
from staycourse.care.compiling import MESSAGE_KINDS, Node, nodes_of
from staycourse.care.entering import begins_at, entry_fact, entry_values
from staycourse.care.guard import consented, decide, is_minor
from staycourse.care.heeding import (
    PAID_UNTIL, Heeding, Underfoot, heed, heed_returns, heeded_verbs, plain_verbs, that_matter,
)  # fmt: skip
from staycourse.care.holdout import draw
from staycourse.care.hours import zone_or
from staycourse.care.lifecycle import RENEWING_DAYS, judged_after, stages
from staycourse.care.priority import priority
from staycourse.care.records import (
    EVERYTHING, OPEN_STATES, Address, Alert, AlertPlan, Consent, Draw, Entry, Person, Sent, Verdict, Waiting,
)  # fmt: skip
from staycourse.care.segments import entries_of_events, entries_of_night
from staycourse.care.triggers import exempt, triggered

__all__ = [
    "ANSWERED_BY_PEOPLE", "Address", "Admission", "Alert", "AlertPlan", "Answer", "CANDIDATES_SCHEMA", "Channel",
    "ChannelHealth", "ChannelState", "Choose", "Consent", "Draw", "EVERYTHING", "Entry", "Heeding", "MESSAGE_KINDS",
    "Node", "OPEN_STATES", "Outcome", "Outgoing", "PAID_UNTIL", "Person", "PlaybookRecord", "RENEWING_DAYS",
    "Receipt", "Sent", "TransportFault", "Underfoot", "Underway", "Verdict", "Waiting", "admit", "answers",
    "begins_at", "candidates", "choose", "consented", "decide", "draw", "entries_of_events", "entries_of_night",
    "entry_fact", "entry_values", "exempt", "heed", "heed_returns", "heeded_verbs", "is_minor", "judged_after",
    "needing_care", "nodes_of", "options", "plain_verbs", "plan_alerts", "priority", "qualifies", "records_of",
    "signals_asked", "stages", "that_matter", "triggered", "within_budget", "zone_or",
]  # fmt: skip
