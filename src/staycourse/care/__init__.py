"""What to do: which risks alert, how pressing each is, the answer that is chosen, and whether it may be sent now."""

# isort: off
from staycourse.care.admission import Admission, Underway, admit
from staycourse.care.alerts import ANSWERED_BY_PEOPLE, plan_alerts
from staycourse.care.budget import within_budget
from staycourse.care.campaigns import qualifies
from staycourse.care.candidates import CANDIDATES_SCHEMA, candidates, needing_care
from staycourse.care.channel import Channel, ChannelHealth, ChannelState, Outgoing, Receipt, TransportFault
from staycourse.care.compiling import MESSAGE_KINDS, Node, nodes_of
from staycourse.care.guard import consented, decide, is_minor
from staycourse.care.heeding import PAID_UNTIL, Heeding, Underfoot, heed, heeded_verbs
from staycourse.care.holdout import draw
from staycourse.care.priority import priority
from staycourse.care.records import (
    EVERYTHING, OPEN_STATES, Address, Alert, AlertPlan, Consent, Draw, Entry, Person, Sent, Verdict, Waiting,
)  # fmt: skip
from staycourse.care.shipped import default_templates
from staycourse.care.suggestions import suggestion_of
from staycourse.care.templates import (
    Rendered, Template, check_template, check_templates, render, variables_needed, variables_of,
)  # fmt: skip
from staycourse.care.triggers import exempt, exempt_event, triggered
from staycourse.care.variables import SAMPLES, VARIABLES, Variable

__all__ = [
    "ANSWERED_BY_PEOPLE", "Address", "Admission", "Alert", "AlertPlan", "CANDIDATES_SCHEMA", "Channel", "ChannelHealth",
    "ChannelState", "Consent", "Draw", "EVERYTHING", "Entry", "Heeding", "MESSAGE_KINDS", "Node", "OPEN_STATES",
    "Outgoing", "PAID_UNTIL", "Person", "Receipt", "Rendered", "SAMPLES", "Sent", "Template", "TransportFault",
    "Underfoot", "Underway", "VARIABLES", "Variable", "Verdict", "Waiting", "admit", "candidates", "check_template",
    "check_templates", "consented", "decide", "default_templates", "draw", "exempt", "exempt_event", "heed",
    "heeded_verbs", "is_minor", "needing_care", "nodes_of", "plan_alerts", "priority", "qualifies", "render",
    "suggestion_of", "triggered", "variables_needed", "variables_of", "within_budget",
]  # fmt: skip
