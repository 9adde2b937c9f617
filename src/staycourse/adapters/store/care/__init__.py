"""The books of care: alerts, journeys, messages, tasks, facts, people, templates."""

# isort: off
from staycourse.adapters.store.care.admission import Admitted
from staycourse.adapters.store.care.advisors import AuditLog, TaskBook
from staycourse.adapters.store.care.alerts import AlertBook
from staycourse.adapters.store.care.clocks import lay_right, set_clock_right
from staycourse.adapters.store.care.entry_endings import EntryBook
from staycourse.adapters.store.care.facts import FactBook
from staycourse.adapters.store.care.firsts import named
from staycourse.adapters.store.care.heard import Addressed, Answer, HeardBook
from staycourse.adapters.store.care.journeys import JourneyBook
from staycourse.adapters.store.care.judging import Done, JudgingBook
from staycourse.adapters.store.care.machines import CLOCKS_APART, ClockBook, Ticked, Verdict
from staycourse.adapters.store.care.outbox import Claimed, Delivery, Outbox
from staycourse.adapters.store.care.people import PeopleBook
from staycourse.adapters.store.care.wording import InboxBook, TemplateBook

__all__ = [
    "Addressed", "Admitted", "AlertBook", "Answer", "AuditLog", "CLOCKS_APART", "Claimed", "ClockBook", "Delivery",
    "Done", "EntryBook", "FactBook", "HeardBook", "InboxBook", "JourneyBook", "JudgingBook", "Outbox", "PeopleBook",
    "TaskBook", "TemplateBook", "Ticked", "Verdict", "lay_right", "named", "set_clock_right",
]  # fmt: skip
