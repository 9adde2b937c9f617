"""Being there: how long the learner has been away, and how much was done in the last days."""

from staycourse.signals.signal import Signal

_ACTIVITY = ("activity",)
_PRESENCE = ("presence",)

ATTENDANCE = (
    Signal("days_absent", "login", "absent", _ACTIVITY, direction=1, unit="days"),
    Signal("days_absent_anywhere", "login", "since", _PRESENCE, direction=1, scope="learner", unit="days"),
    Signal("logins_7d", "login", "level", ("logins",), days=7, scope="learner", unit="count"),
    Signal("logins_change_7d", "login", "change", ("logins",), days=7, scope="learner", unit="change"),
    Signal("activity_1d", "login", "level", _ACTIVITY, days=1, unit="count"),
    Signal("activity_3d", "login", "level", _ACTIVITY, days=3, unit="count"),
    Signal("activity_7d", "login", "level", _ACTIVITY, days=7, unit="count"),
    Signal("activity_14d", "login", "level", _ACTIVITY, days=14, unit="count"),
    Signal("activity_30d", "login", "level", _ACTIVITY, days=30, unit="count"),
    Signal("activity_total", "login", "level", _ACTIVITY, unit="count"),
    Signal("activity_change_7d", "login", "change", _ACTIVITY, days=7, unit="change"),
    Signal("activity_change_14d", "login", "change", _ACTIVITY, days=14, unit="change"),
    Signal(
        "session_minutes_7d",
        "login",
        "ratio",
        ("session_seconds",),
        ("sessions",),
        7,
        60,
        cause="no_time",
        unit="minutes",
    ),
    Signal(
        "session_minutes_change_7d",
        "login",
        "ratio_change",
        ("session_seconds",),
        ("sessions",),
        7,
        60,
        cause="no_time",
        unit="minutes",
    ),
    Signal("activity_elsewhere_30d", "login", "elsewhere", _ACTIVITY, days=30, direction=0, unit="count"),
)
