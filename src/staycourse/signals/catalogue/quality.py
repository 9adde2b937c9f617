"""Class quality: what the platform itself broke."""

from staycourse.signals.signal import Signal

_SAMPLES = ("quality_samples",)
_WHOLE = 10_000  # freeze shares are kept in hundredths of a per cent

QUALITY = (
    Signal(
        "freeze_share_14d",
        "quality",
        "ratio",
        ("freeze_sum",),
        _SAMPLES,
        14,
        _WHOLE,
        direction=1,
        cause="class_quality",
        unit="share",
    ),
    Signal(
        "poor_samples_14d",
        "quality",
        "level",
        ("poor_samples",),
        days=14,
        direction=1,
        cause="class_quality",
        unit="count",
    ),
    Signal(
        "poor_classes_in_a_row",
        "quality",
        "twice_in_a_row",
        ("poor_samples",),
        _SAMPLES,
        direction=1,
        cause="class_quality",
        unit="count",
    ),
    Signal(
        "slow_samples_14d",
        "quality",
        "level",
        ("slow_samples",),
        days=14,
        direction=1,
        cause="class_quality",
        unit="count",
    ),
    Signal("rejoins_14d", "quality", "level", ("rejoins",), days=14, direction=1, cause="class_quality", unit="count"),
)
