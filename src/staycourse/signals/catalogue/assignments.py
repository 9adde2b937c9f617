"""Assignments: handed in or not, in time or not, and how they went."""

from staycourse.signals.signal import Signal

_DONE = ("assignments_submitted",)
_DUE = ("assignments_due",)
_MISSED = ("assignments_missed",)  # told by platforms that know of it: work handed in early then hides nothing
_LATE = ("assignments_late",)
_SCORE = ("assignment_score",)
_GRADED = ("assignments_graded",)
_PERCENT = 100  # scores are kept in hundredths of a per cent
_DAY = 1440  # minutes

ASSIGNMENTS = (
    Signal("assignments_submitted_total", "completion", "level", _DONE, unit="count"),
    Signal(
        "assignments_missed_total", "completion", "shortfall", _DONE, _DUE, direction=1, cause="too_hard", unit="count"
    ),
    Signal(
        "assignments_missed_30d", "completion", "shortfall", _DONE, _DUE, 30, direction=1, cause="no_time", unit="count"
    ),
    Signal(
        "assignments_missed_share",
        "completion",
        "shortfall_share",
        _DONE,
        _DUE,
        direction=1,
        cause="no_time",
        unit="share",
    ),
    Signal(
        "assignments_overdue_total",
        "completion",
        "shortfall",
        _LATE,
        _MISSED,
        direction=1,
        cause="no_time",
        unit="count",
    ),
    Signal(
        "assignments_overdue_30d",
        "completion",
        "shortfall",
        _LATE,
        _MISSED,
        30,
        direction=1,
        cause="no_time",
        unit="count",
    ),
    Signal("submission_rate_60d", "completion", "ratio", _DONE, _DUE, 60, cause="no_time", unit="share"),
    Signal(
        "late_share", "completion", "ratio", ("assignments_late",), _DONE, direction=1, cause="no_time", unit="share"
    ),
    Signal(
        "days_late_average",
        "completion",
        "ratio",
        ("submission_minutes",),
        _DONE,
        None,
        _DAY,
        direction=1,
        cause="no_time",
        unit="days",
    ),
    Signal("days_since_submission", "completion", "since", _DONE, direction=1, cause="no_time", unit="days"),
    Signal("score_average", "completion", "ratio", _SCORE, _GRADED, None, _PERCENT, cause="too_hard", unit="percent"),
    Signal("score_average_30d", "completion", "ratio", _SCORE, _GRADED, 30, _PERCENT, cause="too_hard", unit="percent"),
    Signal(
        "score_change_30d",
        "completion",
        "ratio_change",
        _SCORE,
        _GRADED,
        30,
        _PERCENT,
        cause="too_hard",
        unit="percent",
    ),
    Signal(
        "assignments_failed_total",
        "completion",
        "level",
        ("assignments_failed",),
        direction=1,
        cause="too_hard",
        unit="count",
    ),
)
