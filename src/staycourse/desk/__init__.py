"""What people look at: the records that console and command line show, and how they are put together."""

from staycourse.desk.answers import HomeDesk
from staycourse.desk.care import CareDesk
from staycourse.desk.protocol import Desk
from staycourse.desk.reasons import reason_text, signal_value
from staycourse.desk.records import (
    Basis,
    ChurnDefinition,
    ClassQuality,
    EnrolmentRisk,
    EnrolmentStory,
    LearnerStory,
    Reason,
    ReturnCurve,
    ReturnPoint,
    TimelineEntry,
    Today,
    TodayFilter,
)

__all__ = [
    "Basis", "CareDesk", "ChurnDefinition", "ClassQuality", "Desk", "EnrolmentRisk", "EnrolmentStory", "HomeDesk",
    "LearnerStory", "Reason", "ReturnCurve", "ReturnPoint", "TimelineEntry", "Today", "TodayFilter", "reason_text",
    "signal_value",
]  # fmt: skip
