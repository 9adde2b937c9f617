"""Feeling: ratings, complaints and the learner's own words. Read from text and stars only, never from voice or face."""

from staycourse.signals.signal import Signal

_STAR = 100  # ratings are kept in hundredths of a star

FEELING = (
    Signal(
        "rating_average", "feeling", "ratio", ("rating_sum",), ("ratings",), None, _STAR, cause="unhappy", unit="stars"
    ),
    Signal(
        "low_ratings_30d", "feeling", "level", ("low_ratings",), days=30, direction=1, cause="unhappy", unit="count"
    ),
    Signal(
        "complaints_30d",
        "feeling",
        "level",
        ("complaints",),
        days=30,
        direction=1,
        scope="learner",
        cause="unhappy",
        unit="count",
    ),
    Signal(
        "negative_texts_30d",
        "feeling",
        "level",
        ("negative_texts",),
        days=30,
        direction=1,
        cause="unhappy",
        unit="count",
    ),
)
