"""What people look at: the records that console and command line show, and how they are put together."""

# isort: off
from staycourse.desk.access import ADVISOR, OPERATOR, OWNER, ROLES, TEACHER, Member, Platform, SignedIn
from staycourse.desk.advising import IN_QUEUE, AdvisorDesk, TaskFilter, TaskQueue, TaskStory
from staycourse.desk.alerting import ENDED, NOBODY, TO_ANSWER, AlertDesk, AlertFilter, AlertLine, AlertList, AlertStory
from staycourse.desk.answers import HomeDesk
from staycourse.desk.care import CareDesk
from staycourse.desk.contacts import AddressLine, AuditLine, ConsentLine, JourneyLine, MessageLine, NoteLine, TaskLine
from staycourse.desk.evidence import GROUPS, EvidenceLine, EvidenceSheet
from staycourse.desk.delivering import HELD_DAYS, ChannelLine, DeliveryDesk, DeliveryFilter, DeliveryList, MessageStory
from staycourse.desk.people import LearnerCare, PeopleDesk
from staycourse.desk.policies import PolicyDesk, PolicyReading, PolicySheet, PolicyVersionLine, Trial, TrialKind
from staycourse.desk.protocol import Desk
from staycourse.desk.reasons import course_reasons, course_sentences, own_reasons, reason_text, signal_value
from staycourse.desk.weekly import Caveat, WeekDone, WeekEnded, WeekReview, WeekSeen
from staycourse.desk.records import (
    Basis, ChurnDefinition, ClassQuality, EnrolmentRisk, EnrolmentStory, LearnerStory, LiveNow, Reason, ReturnCurve,
    ReturnPoint, TimelineEntry, Today, TodayFilter,
)  # fmt: skip
from staycourse.desk.scoped import alert_within, alerts_within, learner_within, today_within
from staycourse.desk.wording import Preview, TemplateDesk, TemplateLine, TemplateStory, TemplateVersion

__all__ = [
    "ADVISOR", "AddressLine", "AdvisorDesk", "AlertDesk", "AlertFilter", "AlertLine", "AlertList", "AlertStory",
    "AuditLine", "Basis", "CareDesk", "Caveat", "ChannelLine", "ChurnDefinition", "ClassQuality", "ConsentLine",
    "DeliveryDesk", "DeliveryFilter", "DeliveryList", "Desk", "ENDED", "EnrolmentRisk", "EnrolmentStory",
    "EvidenceLine", "EvidenceSheet", "GROUPS", "HELD_DAYS", "HomeDesk", "IN_QUEUE", "JourneyLine", "LearnerCare",
    "LearnerStory", "LiveNow", "Member", "MessageLine", "MessageStory", "NOBODY", "NoteLine", "OPERATOR", "OWNER",
    "PeopleDesk", "Platform", "PolicyDesk", "PolicyReading", "PolicySheet", "PolicyVersionLine", "Preview", "ROLES",
    "Reason", "ReturnCurve", "ReturnPoint", "SignedIn", "TEACHER", "TO_ANSWER", "TaskFilter", "TaskLine",
    "TaskQueue", "TaskStory", "TemplateDesk", "TemplateLine", "TemplateStory", "TemplateVersion", "TimelineEntry",
    "Today", "TodayFilter", "Trial", "TrialKind", "WeekDone", "WeekEnded", "WeekReview", "WeekSeen", "alert_within",
    "alerts_within", "course_reasons", "course_sentences", "learner_within", "own_reasons", "reason_text",
    "signal_value", "today_within",
]  # fmt: skip
