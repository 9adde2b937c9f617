"""A learner's timeline as a view: what was done, day by day, in the words of its verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from itertools import groupby

from staycourse.desk import LearnerStory, TimelineEntry
from staycourse.events import VERBS_BY_NAME
from staycourse.kernel import Words, one_or_many
from staycourse.web.addresses import learner_address, timeline_address

_DAY_ONLY = time(12)
"""An import that knows the day alone stamps its events at noon: such an hour says nothing and is not shown."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One verb of one day."""

    family: str
    verb: str
    family_word: str
    course: str
    count: str
    value: str
    object: str
    times: str


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of the timeline."""

    day: str
    iso: str
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class TimelineView:
    """A part of the timeline; `more` loads the next older one, `more_page` is the same as a page of its own."""

    days: tuple[DayView, ...]
    more: str
    more_page: str


def timeline_view(story: LearnerStory, words: Words) -> TimelineView:
    """Return the timeline's days, newest first. A part holds whole days: the next one ends before its oldest."""
    titles = {enrolment.course.course: enrolment.course.title for enrolment in story.enrolments}
    currency = story.learner.currency
    ordered = sorted(story.timeline, key=lambda entry: (entry.day, entry.last), reverse=True)
    days = tuple(
        DayView(words.day(day), day.isoformat(), tuple(_entry(entry, titles, currency, words) for entry in entries))
        for day, entries in groupby(ordered, key=lambda entry: entry.day)
    )
    older = story.older and bool(ordered)
    return TimelineView(
        days,
        timeline_address(story.learner.learner, ordered[-1].day) if older else "",
        learner_address(story.learner.learner, ordered[-1].day) if older else "",
    )


def amount_text(entry: TimelineEntry, currency: str | None, words: Words) -> str:
    """Return the value of an entry in its verb's unit, in words; nothing where the number alone would mislead.

    An entry's value is the sum over its events. Seconds, clicks, amounts and right answers add up; of scores, shares,
    stars, milliseconds and lateness the mean is shown.
    """
    verb = VERBS_BY_NAME.get(entry.verb)
    if entry.value is None or verb is None or not verb.unit:
        return ""
    if verb.family == "money":
        return words.money(entry.value, currency)
    mean = entry.value / max(entry.count, 1)
    for unit, say in _UNITS:
        if unit in verb.unit:
            return say(entry.value, mean, words)
    return ""


def _lateness(_: int, minutes: float, words: Words) -> str:
    days = round(abs(minutes) / 1_440)
    if days == 0:
        return words.t("console.unit.on_time") if minutes <= 0 else words.t("console.unit.late_same_day")
    return words.t("console.unit.days_late" if minutes > 0 else "console.unit.days_early", n=days)


def _share(key: str) -> Say:
    """Return what says a share as what it is: a bare per cent could be a mark or a weight."""
    return lambda _, mean, words: words.t(f"console.unit.{key}", share=words.percent(mean / 10_000, 1))


Say = Callable[[int, float, Words], str]
_UNITS: tuple[tuple[str, Say], ...] = (
    ("minutes after", _lateness),
    ("hundredths of a star", lambda _, mean, words: words.t("console.unit.stars", stars=words.number(mean / 100, 1))),
    ("weight in hundredths", _share("weight")),
    ("score in hundredths", _share("score")),
    ("progress in hundredths", _share("progress")),
    ("hundredths of a per cent", lambda _, mean, words: words.percent(mean / 10_000, 1)),
    ("milliseconds", lambda _, mean, words: words.t("console.unit.milliseconds", count=words.number(mean))),
    ("seconds", lambda total, _, words: words.t("console.unit.minutes", n=max(1, round(total / 60))) if total else ""),
    ("clicks", lambda total, _, words: words.t("console.unit.clicks", n=total, count=words.number(total))),
    ("credits", lambda _, mean, words: words.t("console.unit.load", n=one_or_many(mean), count=words.number(mean))),
    ("earlier attempts", lambda total, _, words: words.t("console.unit.attempts", n=total) if total else ""),
    ("1 right, 0 wrong", lambda total, _, words: words.t("console.unit.right", n=total)),
    ("answer from 0 to 10", lambda _, mean, words: words.t("console.unit.answer", answer=words.number(mean, 1))),
)
"""How a value is said, by a part of its verb's unit; the first that fits."""


def _entry(entry: TimelineEntry, titles: dict[str, str], currency: str | None, words: Words) -> EntryView:
    verb = VERBS_BY_NAME.get(entry.verb)
    first, last = words.clock(entry.first), words.clock(entry.last)
    day_only = entry.first == entry.last and entry.first.time() == _DAY_ONLY
    return EntryView(
        family=verb.family if verb else "other",
        verb=words.named("verb", entry.verb),
        family_word=words.named("family", verb.family) if verb else "",
        course=titles.get(entry.course) or entry.course,
        count=words.t("console.times", n=entry.count, count=words.number(entry.count)) if entry.count > 1 else "",
        value=amount_text(entry, currency, words),
        object=_about(entry, words),
        times="" if day_only else (first if first == last else f"{first}–{last}"),
    )


def _about(entry: TimelineEntry, words: Words) -> str:
    """Return what an entry is about: of a message of ours what it is called, else the platform's own name."""
    key = f"template.{entry.object}.name"
    return words.t(key) if entry.verb.startswith("contact_") and words.translator.has(key) else entry.object
