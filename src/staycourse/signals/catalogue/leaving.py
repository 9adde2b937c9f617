"""Leaving: how many of a course left it of late.

In some courses, and in some weeks, more leave than what they did shows. It tells of the course and of nobody in it.
"""

from staycourse.signals.signal import Signal

LEAVING = (
    Signal(
        "course_left_28d", "completion", "left_lately", ("withdrawals",), days=28, direction=1, scope="course",
        unit="share",
    ),
)  # fmt: skip
