"""Reasons in words: the one place where a signal's value becomes a sentence, for the console and the command line."""

from __future__ import annotations

import math

from staycourse.desk.records import Reason
from staycourse.kernel import Words, one_or_many
from staycourse.signals import SIGNALS_BY_NAME

_PLAIN = 10
"""From this number on decimals say nothing."""

_PER_CENT_UNITS = frozenset({"share", "change", "points", "rank"})


def reason_text(reason: Reason, words: Words) -> str:
    """Return one reason as a sentence; without a value, the signal's name."""
    key = f"signal.{reason.signal}.reason"
    if reason.value is None or not math.isfinite(reason.value) or not words.translator.has(key):
        return words.named("signal", reason.signal, "name")
    digits = 0 if abs(reason.value) >= _PLAIN else 1
    return words.t(key, n=one_or_many(reason.value, digits), value=signal_value(reason, words))


def signal_value(reason: Reason, words: Words) -> str:
    """Return a signal's value as words write it: shares and changes in per cent, the rest as numbers."""
    value = reason.value if reason.value is not None else math.nan
    signal = SIGNALS_BY_NAME.get(reason.signal)
    if signal is not None and signal.unit in _PER_CENT_UNITS:
        return words.percent(value)
    return words.number(value, 0 if abs(value) >= _PLAIN else 1)
