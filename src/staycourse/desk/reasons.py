"""Reasons in words: the one place where a signal's value becomes a sentence, for the console and the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from staycourse.desk.records import EnrolmentRisk, Reason
from staycourse.kernel import Words, one_or_many
from staycourse.risk import is_of_course
from staycourse.signals import SIGNALS_BY_NAME

_PLAIN = 10
"""From this number on decimals say nothing."""

_TWICE = 2
"""Below this many times the median, a part of it in per cent is easier to read."""

_PER_CENT_UNITS = frozenset({"share", "change", "points"})


def reason_text(reason: Reason, words: Words) -> str:
    """Return one reason as a sentence; without a value, the signal's name."""
    key = f"signal.{reason.signal}.reason"
    if reason.value is None or not math.isfinite(reason.value) or not words.translator.has(key):
        return words.named("signal", reason.signal, "name")
    digits = 0 if abs(reason.value) >= _PLAIN else 1
    return words.t(key, n=one_or_many(reason.value, digits), value=signal_value(reason, words))


def own_reasons(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return those that tell of the learner."""
    return tuple(reason for reason in reasons if not is_of_course(reason.signal))


def course_reasons(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return those that are the same of everybody in the course: to be told once, and never in place of an own one."""
    return tuple(reason for reason in reasons if is_of_course(reason.signal))


def course_sentences(risks: Sequence[EnrolmentRisk], words: Words) -> tuple[str, ...]:
    """Return what is the same of everybody in the courses of `risks`, each sentence once."""
    told = (
        words.t("console.of_course", course=risk.course_title or risk.course, reason=reason_text(reason, words))
        for risk in risks
        for reason in course_reasons(risk.reasons)
    )
    return tuple(dict.fromkeys(told))


def signal_value(reason: Reason, words: Words) -> str:
    """Return a signal's value as words write it: shares and changes in per cent, a rank by the end of the course that
    it is at, the rest as numbers.
    """
    value = reason.value if reason.value is not None else math.nan
    signal = SIGNALS_BY_NAME.get(reason.signal)
    unit = signal.unit if signal is not None else ""
    if unit == "rank":
        return _rank(value, words)
    if unit in _PER_CENT_UNITS:
        return words.percent(value)
    number = words.number(value, 0 if abs(value) >= _PLAIN else 1)
    if unit == "times":
        return (
            words.t("compared.part", value=words.percent(value))
            if value < _TWICE
            else words.t("compared.times", value=number)
        )
    return number


def _rank(value: float, words: Words) -> str:
    """Return at which end of the course a rank is. Equal learners share a rank, so nobody is among 0 % of them."""
    end, share = ("low", value) if value < 0.5 else ("high", 1 - value)
    return words.t(f"compared.{end}", value=words.percent(max(share, 0.01)))
