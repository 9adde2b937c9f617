"""Every form of signal again, in plain Python over a list of events: slow, short, and written without the
compiler in view.
"""

from __future__ import annotations

from collections import Counter as Multiset
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from staycourse.events import COUNTERS_BY_NAME, Counter
from staycourse.signals import CATALOGUE, Signal

DAYPARTS = ("activity_night", "activity_morning", "activity_afternoon", "activity_evening")


@dataclass(frozen=True)
class Happening:
    """An event; days are counted since 1970-01-01."""

    learner: str
    course: str
    verb: str
    value: int | None
    day: int
    hour: int
    feeling: int | None
    arrived: int


@dataclass(frozen=True)
class Known:
    """What was known at the end of day `as_of`. `courses`: start and end day of each, None where not known."""

    happenings: Sequence[Happening]
    as_of: int
    courses: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)

    @cached_property
    def seen(self) -> list[Happening]:
        return [h for h in self.happenings if h.arrived <= self.as_of and h.day <= self.as_of]

    def of(self, learner: str, course: str | None = None) -> Ages:
        return Ages([(self.as_of - h.day, h) for h in self.seen if h.learner == learner and course in (None, h.course)])

    @cached_property
    def open(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Return enrolled age, begun age and course day of the enrolments to watch."""
        found = {}
        for learner, course in sorted({(h.learner, h.course) for h in self.seen if h.course}):
            ages = self.of(learner, course)
            enrolled, active = ages.ages("enrolments"), ages.ages("activity")
            first = max(enrolled or active, default=None)
            start, end = self.courses.get(course, (None, None))
            if first is None or (end is not None and end <= self.as_of):
                continue
            newest = min(enrolled, default=max(active, default=0))
            left = [*ages.ages("withdrawals"), *ages.ages("completions")]
            if left and min(left) <= newest:
                continue
            started = first if start is None else self.as_of - start
            found[learner, course] = (first, min(first, started), started)
        return found

    @cached_property
    def signals(self) -> dict[tuple[str, str], dict[str, float | None]]:
        """Return every signal of every open enrolment."""
        found: dict[tuple[str, str], dict[str, float | None]] = {key: {} for key in self.open}
        for signal in sorted(CATALOGUE, key=lambda signal: bool(signal.of)):
            for key, values in found.items():
                if signal.of:
                    week = self.open[key][2] // 7
                    peers = [k for k in self.open if k[1] == key[1] and self.open[k][2] // 7 == week]
                    value = compared(signal, values[signal.of], [found[k][signal.of] for k in peers])
                else:
                    value = self.value(signal, *key)
                values[signal.name] = None if value is None else float(value)
        return found

    def value(self, signal: Signal, learner: str, course: str) -> Fraction | float | None:
        enrolled, begun, _ = self.open[learner, course]
        own = self.of(learner, None if signal.scope == "learner" else course)
        match signal.form:
            case "days_enrolled":
                return enrolled
            case "left_lately":
                return self.left_lately(course, signal.days or 0)
            case "other_enrolments":
                return sum(key[0] == learner for key in self.open) - 1
            case "elsewhere":
                return self.of(learner).sum(signal.counters, signal.days) - own.sum(signal.counters, signal.days)
            case "absent":
                return min([max(begun, 0), *own.ages(signal.counters[0])])
            case "first_days":
                if not 0 <= begun < 60:
                    return None
                return Fraction(own.between(signal.counters, begun - 2, begun + 1), signal.scale)
            case "active_share" | "absence_in_habits":
                return in_habits(signal, own, begun)
        return of_sums(signal, own)

    def left_lately(self, course: str, days: int) -> Fraction:
        there = sum(key[1] == course for key in self.open)
        gone = {learner: self.of(learner, course).ages("withdrawals") for learner in {h.learner for h in self.seen}}
        left = Multiset(min(ages) for ages in gone.values() if ages and min(ages) < days)
        return Fraction(left.total() - max(left.values(), default=0), there + left.total())


def in_habits(signal: Signal, own: Ages, begun: int) -> Fraction | None:
    lasted = min(begun + 1, signal.days or 56)
    if lasted <= 0:
        return None
    active = Fraction(len([day for day in own.active if day < lasted]), lasted)
    if signal.form == "active_share":
        return active
    last = min(own.ages("activity"), default=None)
    return None if last is None else last * active


class Ages:
    """Happenings with their ages in days."""

    def __init__(self, aged: list[tuple[int, Happening]]) -> None:
        self.aged = aged

    @cached_property
    def active(self) -> set[int]:
        return {age for age in self.ages("activity") if age < 56}

    def ages(self, counter: str) -> list[int]:
        return [age for age, happening in self.aged if counts(COUNTERS_BY_NAME[counter], happening)]

    def between(self, counters: Iterable[str], youngest: int, past: int) -> int:
        return sum(
            counts(COUNTERS_BY_NAME[counter], happening)
            for counter in counters
            for age, happening in self.aged
            if youngest <= age < past
        )

    def sum(self, counters: Iterable[str], days: int | None, before: int = 0) -> int:
        return self.between(counters, (days or 0) * before, days * (before + 1) if days else 10**9)


def counts(counter: Counter, happening: Happening) -> int:
    """Return what one event adds to a counter."""
    value = happening.value
    if happening.verb not in counter.verbs:
        return 0
    if counter.value_from is not None and (value is None or value < counter.value_from):
        return 0
    if counter.value_below is not None and (value is None or value >= counter.value_below):
        return 0
    if counter.hour_from is not None and happening.hour < counter.hour_from:
        return 0
    if counter.hour_below is not None and happening.hour >= counter.hour_below:
        return 0
    if counter.feeling is not None and happening.feeling != counter.feeling:
        return 0
    return 1 if counter.measure == "count" else value or 0


def of_sums(signal: Signal, own: Ages) -> Fraction | float | None:  # noqa: C901 - one case a form
    days = signal.days

    def change(before: int = 0) -> Fraction | None:
        return over(
            own.sum(signal.counters, days, before) - own.sum(signal.counters, days, before + 1),
            own.sum(signal.counters, days, before + 1),
        )

    def ratio(before: int = 0) -> Fraction | None:
        return over(own.sum(signal.counters, days, before), own.sum(signal.over, days, before) * signal.scale)

    missing = max(0, own.sum(signal.over, days) - own.sum(signal.counters, days))
    match signal.form:
        case "level":
            return Fraction(own.sum(signal.counters, days), signal.scale)
        case "change":
            return change()
        case "twice_changed":
            both = [change(), change(1)]
            return None if None in both else max(c for c in both if c is not None)
        case "ratio":
            return ratio()
        case "ratio_change":
            now, before = ratio(), ratio(1)
            return None if now is None or before is None else float(now) - float(before)
        case "since":
            return min((age for counter in signal.counters for age in own.ages(counter)), default=None)
        case "shortfall":
            return Fraction(missing)
        case "shortfall_share":
            return over(missing, own.sum(signal.over, days))
    return of_days(signal, own)


def of_days(signal: Signal, own: Ages) -> Fraction | int | None:
    active = own.active
    week = [own.sum([part], 7) for part in DAYPARTS]
    month = [own.sum([part], 30) for part in DAYPARTS]
    earlier = [m - w for m, w in zip(month, week, strict=True)]
    match signal.form:
        case "active_days":
            return len([age for age in active if age < (signal.days or 56)])
        case "active_days_change":
            days = signal.days or 28
            before = len([age for age in active if days <= age < 2 * days])
            return over(len([age for age in active if age < days]) - before, before)
        case "streak":
            start = 0 if 0 in active else 1
            return next(length for length in range(58) if start + length not in active)
        case "twice_in_a_row":
            newest = sorted({age for counter in signal.over for age in own.ages(counter) if age < 56})[:2]
            poor = {age for counter in signal.counters for age in own.ages(counter)}
            return int(len(newest) == 2 and set(newest) <= poor)
        case "weekday_habit":
            return max(len([age for age in active if age % 7 == day]) for day in range(7))
        case "weekday_missed":
            return sum(
                len([age for age in active if age >= 7 and age % 7 == day]) >= 5 and day not in active
                for day in range(7)
            )
        case "daypart_habit":
            return over(max(month), sum(month))
        case "daypart_kept":
            return over(week[earlier.index(max(earlier))], sum(week)) if max(earlier) > 0 else None
    raise AssertionError(f"no plain definition of {signal.form}")


def compared(signal: Signal, own: float | None, everyone: Sequence[float | None]) -> Fraction | float | None:
    known = sorted(value for value in everyone if value is not None)
    if own is None:
        return None
    if signal.form == "peer_rank":
        lower, equal = sum(value < own for value in known), sum(value == own for value in known)
        return Fraction(2 * lower + equal, 2 * len(known))
    median = known[(len(known) - 1) // 2]
    return own / median if median else None


def over(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None
