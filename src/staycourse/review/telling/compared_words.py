"""Two policies side by side, in cells of the reader's language: the same on the terminal as on a page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from staycourse.kernel import Words
from staycourse.review.policy_backtest import PolicyBacktest
from staycourse.review.telling.policy_words import interval_text, rule_text


def whole_rows(report: PolicyBacktest, words: Words) -> list[tuple[str, str, str, str]]:
    """Return each figure's name with today's value, the candidate's, and the difference where one is told."""
    today, other, gap = report.today, report.candidate, report.difference
    both = (today, other)
    lead = [_number(side.total.median_lead_days, words) for side in both]
    each = [_number(side.effort.messages_per_learner, words, 2) for side in both]
    hours = [words.number(side.effort.people_hours, 1) for side in both]
    return [
        ("alerts", *_pair(today.total.alerts, other.total.alerts, words), words.signed(gap.alerts, 0)),
        ("precision", interval_text(today.total.precision, words), interval_text(other.total.precision, words),
         interval_text(gap.precision, words, signed=True)),
        ("recall", interval_text(today.total.recall, words), interval_text(other.total.recall, words),
         interval_text(gap.recall, words, signed=True)),
        ("lead", lead[0], lead[1], ""),
        ("messages", *_pair(today.effort.messages, other.effort.messages, words), words.signed(gap.messages, 0)),
        ("per_learner", each[0], each[1], ""),
        ("hours", hours[0], hours[1], words.signed(gap.people_hours, 1)),
    ]  # fmt: skip


def part_rows(report: PolicyBacktest, of: str, words: Words) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield what each tier or rule (`of`) is called, whose figures these are (today, candidate), and the figures.

    The figures are alerts, precision, recall and lead days.
    """
    sides = [
        (side, figures.by_tier if of == "tier" else figures.by_rule)
        for side, figures in (("today", report.today), ("candidate", report.candidate))
    ]
    own, new = sides[0][1], sides[1][1] if of == "rule" else {}
    for name in [*own, *(name for name in new if name not in own)]:
        called = words.named("tier", name) if of == "tier" else rule_text(name, words)
        for side, parts in sides:
            found = parts.get(name)
            if found is not None:
                yield called, side, (
                    words.number(found.alerts), interval_text(found.precision, words),
                    interval_text(found.recall, words), _number(found.median_lead_days, words),
                )  # fmt: skip


def _pair(today: int, other: int, words: Words) -> tuple[str, str]:
    return words.number(today), words.number(other)


def _number(value: float | None, words: Words, digits: int = 1) -> str:
    return "–" if value is None or not math.isfinite(value) else words.number(value, digits)
