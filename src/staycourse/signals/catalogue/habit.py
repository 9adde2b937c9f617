"""Regularity: on how many days, on which weekdays and at what hours the learner comes, and whether that breaks."""

from staycourse.signals.signal import Signal

HABIT = (
    Signal("active_days_7d", "login", "active_days", days=7, unit="days"),
    Signal("active_days_14d", "login", "active_days", days=14, unit="days"),
    Signal("active_days_30d", "login", "active_days", days=30, unit="days"),
    Signal("active_days_change_14d", "login", "active_days_change", days=14, unit="change"),
    Signal("active_share_56d", "login", "active_share", days=56, unit="share"),
    Signal("streak_days", "login", "streak", unit="days"),
    Signal("absence_in_habits", "login", "absence_in_habits", days=56, direction=1, unit="count"),
    Signal("weekday_habit", "login", "weekday_habit", unit="weeks"),
    Signal("weekdays_missed", "login", "weekday_missed", direction=1, cause="no_time", unit="days"),
    Signal("daypart_habit", "login", "daypart_habit", direction=0, unit="share"),
    Signal("daypart_kept", "login", "daypart_kept", cause="no_time", unit="share"),
    Signal(
        "night_share_14d",
        "login",
        "ratio",
        ("activity_night",),
        ("activity",),
        14,
        direction=1,
        cause="no_time",
        unit="share",
    ),
)
