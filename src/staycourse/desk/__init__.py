"""What people look at: the records that console and command line show, and how they are put together."""

# isort: off
from staycourse.desk.alerting import ENDED, NOBODY, TO_ANSWER, AlertDesk, AlertFilter, AlertLine, AlertList, AlertStory
from staycourse.desk.answers import HomeDesk
from staycourse.desk.care import CareDesk
from staycourse.desk.contacts import AuditLine, JourneyLine, MessageLine, NoteLine, TaskLine
from staycourse.desk.protocol import Desk
from staycourse.desk.reasons import reason_text, signal_value
from staycourse.desk.records import (
    Basis, ChurnDefinition, ClassQuality, EnrolmentRisk, EnrolmentStory, LearnerStory, Reason, ReturnCurve, ReturnPoint,
    TimelineEntry, Today, TodayFilter,
)  # fmt: skip

__all__ = [
    "AlertDesk", "AlertFilter", "AlertLine", "AlertList", "AlertStory", "AuditLine", "Basis", "CareDesk",
    "ChurnDefinition", "ClassQuality", "Desk", "ENDED", "EnrolmentRisk", "EnrolmentStory", "HomeDesk", "JourneyLine",
    "LearnerStory", "MessageLine", "NOBODY", "NoteLine", "Reason", "ReturnCurve", "ReturnPoint", "TO_ANSWER",
    "TaskLine", "TimelineEntry", "Today", "TodayFilter", "reason_text", "signal_value",
]  # fmt: skip
