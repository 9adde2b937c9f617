"""Getting on with the course: lessons, videos and pages."""

from staycourse.signals.signal import Signal

_LESSONS = ("lessons_completed",)

COMPLETION = (
    Signal("lessons_completed_30d", "completion", "level", _LESSONS, days=30, unit="count"),
    Signal("lessons_completed_total", "completion", "level", _LESSONS, unit="count"),
    Signal("lessons_change_14d", "completion", "change", _LESSONS, days=14, cause="not_gripping", unit="change"),
    Signal(
        "completion_falling_2w",
        "completion",
        "twice_changed",
        ("lessons_completed", "assignments_submitted"),
        days=7,
        cause="not_gripping",
        unit="change",
    ),
    Signal(
        "lesson_completion_rate_30d",
        "completion",
        "ratio",
        _LESSONS,
        ("lessons_started",),
        30,
        cause="not_gripping",
        unit="share",
    ),
    Signal(
        "lesson_completion_rate_change_14d",
        "completion",
        "ratio_change",
        _LESSONS,
        ("lessons_started",),
        14,
        cause="not_gripping",
        unit="points",
    ),
    Signal(
        "lessons_skipped_30d",
        "completion",
        "level",
        ("lessons_skipped",),
        days=30,
        direction=1,
        cause="not_gripping",
        unit="count",
    ),
    Signal(
        "lesson_replays_30d",
        "completion",
        "level",
        ("lesson_replays",),
        days=30,
        direction=1,
        cause="too_hard",
        unit="count",
    ),
    Signal("video_minutes_30d", "completion", "level", ("video_seconds",), days=30, scale=60, unit="minutes"),
    Signal(
        "video_change_14d", "completion", "change", ("video_seconds",), days=14, cause="not_gripping", unit="change"
    ),
    Signal("content_views_total", "completion", "level", ("content_views",), unit="count"),
    Signal("speaking_minutes_7d", "completion", "level", ("speaking_seconds",), days=7, scale=60, unit="minutes"),
)
