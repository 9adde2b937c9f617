"""Others: questions, posts, live classes, and whether the learner is alone."""

from staycourse.signals.signal import Signal

_WORDS = ("interactions",)

INTERACTION = (
    Signal("interactions_30d", "interaction", "level", _WORDS, days=30, cause="alone", unit="count"),
    Signal("interactions_change_7d", "interaction", "change", _WORDS, days=7, cause="alone", unit="change"),
    Signal("interactions_change_14d", "interaction", "change", _WORDS, days=14, cause="alone", unit="change"),
    Signal("days_since_interaction", "interaction", "since", _WORDS, direction=1, cause="alone", unit="days"),
    Signal("forum_views_30d", "interaction", "level", ("forum_views",), days=30, cause="alone", unit="count"),
    Signal("days_since_forum", "interaction", "since", ("forum_views",), direction=1, cause="alone", unit="days"),
    Signal(
        "live_missed_30d", "interaction", "level", ("live_missed",), days=30, direction=1, cause="no_time", unit="count"
    ),
    Signal(
        "live_attendance_30d",
        "interaction",
        "ratio",
        ("live_joined",),
        ("live_joined", "live_missed"),
        30,
        cause="no_time",
        unit="share",
    ),
    Signal(
        "words_per_live_class_30d", "interaction", "ratio", _WORDS, ("live_joined",), 30, cause="alone", unit="count"
    ),
    Signal(
        "contacts_clicked_30d", "interaction", "level", ("contacts_clicked",), days=30, scope="learner", unit="count"
    ),
    Signal(
        "unsubscribes_total",
        "interaction",
        "level",
        ("unsubscribes",),
        direction=1,
        scope="learner",
        cause="unhappy",
        unit="count",
    ),
)
