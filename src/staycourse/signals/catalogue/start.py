"""How it began: the first three days, what came before, and what else the learner has on."""

from staycourse.signals.signal import Signal

START = (
    Signal("first_days_activity", "login", "first_days", ("activity",), cause="just_starting", unit="count"),
    Signal(
        "first_days_lessons", "completion", "first_days", ("lessons_completed",), cause="just_starting", unit="count"
    ),
    Signal(
        "first_days_video_minutes",
        "completion",
        "first_days",
        ("video_seconds",),
        scale=60,
        cause="just_starting",
        unit="minutes",
    ),
    Signal(
        "first_days_poor_samples",
        "quality",
        "first_days",
        ("poor_samples", "slow_samples"),
        direction=1,
        cause="class_quality",
        unit="count",
    ),
    Signal("days_enrolled", "login", "days_enrolled", direction=0, unit="days"),
    Signal(
        "earlier_attempts", "completion", "level", ("earlier_attempts",), direction=1, cause="too_hard", unit="count"
    ),
    Signal("study_load", "completion", "level", ("study_load",), direction=1, cause="no_time", unit="credits"),
    Signal(
        "study_load_vs_median", "completion", "peer_ratio", direction=1, cause="no_time", unit="times", of="study_load"
    ),
    Signal("other_enrolments", "login", "other_enrolments", direction=0, unit="count"),
)
