"""Quizzes: tried, right or wrong, passed or failed."""

from staycourse.signals.signal import Signal

_RIGHT = ("quiz_right",)
_ANSWERS = ("quiz_answers",)
_TAKEN = ("quizzes_passed", "quizzes_failed")

QUIZZES = (
    Signal("quiz_right_share_14d", "completion", "ratio", _RIGHT, _ANSWERS, 14, cause="too_hard", unit="share"),
    Signal(
        "quiz_pass_rate_60d", "completion", "ratio", ("quizzes_passed",), _TAKEN, 60, cause="too_hard", unit="share"
    ),
    Signal(
        "quizzes_failed_30d",
        "completion",
        "level",
        ("quizzes_failed",),
        days=30,
        direction=1,
        cause="too_hard",
        unit="count",
    ),
    Signal("days_since_quiz", "completion", "since", ("quiz_answers", "quiz_views", *_TAKEN), direction=1, unit="days"),
    Signal("quiz_views_14d", "completion", "level", ("quiz_views",), days=14, unit="count"),
)
