"""Peers: where the learner stands among those who are in the same week of the same course.

What is much in one course, or before an exam, is little in another: the comparison takes the course and the calendar
out.
"""

from typing import Literal

from staycourse.signals.signal import Category, Signal


def _rank(of: str, category: Category, cause: str = "", direction: Literal[-1, 1] = -1) -> Signal:
    return Signal(f"{of}_rank", category, "peer_rank", direction=direction, cause=cause, unit="rank", of=of)


PEERS = (
    _rank("activity_3d", "login"),
    _rank("activity_7d", "login"),
    _rank("activity_30d", "login"),
    _rank("active_days_14d", "login"),
    _rank("active_days_30d", "login"),
    _rank("days_absent", "login", direction=1),
    _rank("days_enrolled", "login"),
    _rank("content_views_total", "completion"),
    _rank("quiz_views_14d", "completion"),
    _rank("assignments_submitted_total", "completion"),
    _rank("assignments_missed_total", "completion", "too_hard", 1),
    _rank("assignments_overdue_total", "completion", "no_time", 1),
    _rank("days_late_average", "completion", "no_time", 1),
    _rank("score_average", "completion", "too_hard"),
    _rank("forum_views_30d", "interaction", "alone"),
    Signal("activity_vs_median_7d", "login", "peer_ratio", unit="times", of="activity_7d"),
)
