"""What a signal is: data. A counter, a window and a form, with what people need to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Category = Literal["login", "completion", "interaction", "payment", "feeling", "quality"]
Scope = Literal["enrolment", "learner", "course"]
Form = Literal[
    "level", "change", "twice_changed", "ratio", "ratio_change", "since", "absent", "shortfall", "shortfall_share",
    "active_days", "active_days_change", "active_share", "absence_in_habits", "streak", "twice_in_a_row",
    "weekday_habit", "weekday_missed", "daypart_habit", "daypart_kept", "first_days", "days_enrolled",
    "other_enrolments", "elsewhere", "peer_rank", "peer_ratio", "left_lately",
]  # fmt: skip

HABIT_DAYS = 56
"""How far back the mask of active days reaches: eight weeks, so that each weekday counts as often."""

FIRST_DAYS = 3
"""The first days of an enrolment, in which most of those who leave early decide."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. In every form a window of `days` ends with the as-of day; None reaches back to the first event.

    With C the sum of `counters` in the window, O the sum of `over` in it, and C', O' those of the window of the same
    length before it:

    - level: C / scale. change: (C - C') / C', unknown where C' is 0. ratio: C / (O * scale), unknown where O is 0.
    - ratio_change: ratio - ratio before. twice_changed: the greater (milder) of the last two changes, so that -0.2
      means that two windows in a row fell by a fifth or more.
    - since: days since the last of `counters`, unknown where there was none. absent: days since the last of them or,
      where the enrolment or the course began later, since that.
    - shortfall: max(0, O - C). shortfall_share: that / O.
    - active_days, active_days_change: of days with learning activity. active_share: active days per day of the
      window since the enrolment began. streak: active days in a row up to the as-of day, or up to the day before it.
      absence_in_habits: days absent * active days / days of
      the window: how many of the usual visits were left out.
    - twice_in_a_row: 1 if the last two days of eight weeks with any of `over` had some of `counters` too, else 0.
    - weekday_habit: of the last eight same weekdays, the most active one's count. weekday_missed: weekdays that were
      active in five of the seven weeks before, and not in the last seven days.
    - daypart_habit: share of the busiest quarter of the day in 30 days' activity. daypart_kept: share of the last seven
      days' activity in the quarter of the day that was the busiest in the 23 days before.
    - first_days: C of the first FIRST_DAYS days after the enrolment or the course began (whichever is later) / scale.
    - days_enrolled. other_enrolments: open ones of the same learner. elsewhere: C of the learner's other courses.
    - peer_rank: share of the open enrolments of the same course and course week whose signal `of` is lower, half of
      the equal ones counted. peer_ratio: signal `of` / its median among them (the lower one of two), unknown where
      that is 0.
    - left_lately: of the course's open enrolments and of those withdrawn in the window, the share that was withdrawn in
      it, less those of the one day on which most were: a sweep is no habit.

    `direction` is +1 where higher is riskier, -1 where lower is, 0 where it depends. `cause` is one of domain.md's
    causes, or empty. A signal of scope learner counts over everything the learner did, in whatever course or none;
    one of scope course is the same of everyone in the course.
    """

    name: str
    category: Category
    form: Form
    counters: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    days: int | None = None
    scale: int = 1
    direction: Literal[-1, 0, 1] = -1
    cause: str = ""
    scope: Scope = "enrolment"
    unit: str = ""
    of: str = ""
