"""How each alert ended, once its horizon has passed. Pure: what is not in the facts is not known.

An alert opened as of day D with a horizon of H days is judged by what happened on the days D+1 to D+H, as far as it was
known on the judging day, and once: what arrives later changes no ending.

1. **churned**: the learner withdrew within the horizon; or, where leaving means silence, learned on none of its days.
2. **not judged**: silent, but the course ended before the horizon did. Such a silence says nothing.
3. **saved**: did not leave, and the first learning after the alert came on or after the day of our first contact. A
   learner who is held out is never saved by us, even if somebody wrote to them.
4. **false alarm**: did not leave, and we can claim no part in it: came back before any contact or without one, or
   (where leaving means withdrawing) stayed without learning.

The day of the return itself counts as after the contact, because contacts stop at once on return: one on the same day
came before it, or before it was known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from staycourse.kernel import BadInput, worded
from staycourse.signals import Label

Arm = Literal["treated", "held_out", "global_hold_out", "exempt"]
UNTREATED: frozenset[Arm] = frozenset({"held_out", "global_hold_out"})
Ending = Literal["churned", "saved", "false_alarm", "not_judged"]
Why = Literal["withdrew", "silent", "came_back_after_contact", "came_back_by_itself", "stayed", "course_ended"]


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert and what was known of it on the judging day. Days are local to the tenant.

    `as_of`: D. `absent_days`: the silence as of D, as the risks tell it. `returned_on`: the first day after D with
    learning activity (a completion counts) in this course. `last_learning_on`: the last such day by D+H. `withdrew_on`:
    the first withdrawal after D. `ends_on`: the course's stated last day. `contacted_on`: the first day on which a
    message of this alert was delivered or a person reached the learner. `channel`: of that contact. `arm`: treated,
    held_out (of the playbook), global_hold_out, or exempt (never drawn: the policy holds nobody out of such alerts).
    `cost_minor`: what was spent on it, coupons and people's hours included.
    """

    alert: str
    learner: str
    course: str
    as_of: date
    horizon_days: int
    tier: str
    cause: str
    rules: tuple[str, ...] = ()
    playbook: str | None = None
    channel: str | None = None
    arm: Arm = "treated"
    absent_days: int = 0
    returned_on: date | None = None
    last_learning_on: date | None = None
    withdrew_on: date | None = None
    ends_on: date | None = None
    contacted_on: date | None = None
    cost_minor: int = 0
    currency: str | None = None

    def __post_init__(self) -> None:
        if self.horizon_days < 1:
            raise BadInput(
                "a horizon has at least one day",
                where=worded("alert {alert}", alert=self.alert),
                mend="give the alert's horizon",
            )
        for day in (self.returned_on, self.withdrew_on):
            if day is not None and day <= self.as_of:
                raise BadInput(
                    worded("{day} is not after {as_of}", day=day, as_of=self.as_of),
                    where=worded("alert {alert}", alert=self.alert),
                    mend="give what came after the alert",
                )

    @property
    def due_on(self) -> date:
        """D+H: the last day of the horizon."""
        return self.as_of + timedelta(days=self.horizon_days)

    @property
    def cut_short(self) -> bool:
        """Whether the course was to end before the horizon did: known when the alert was opened."""
        return self.ends_on is not None and self.ends_on < self.due_on


@dataclass(frozen=True, slots=True)
class Ended:
    """How an alert ended and why.

    `judged_on`: the last day that was known when it was judged. `lead_days`, of those who churned: from the alert to
    the day on which they count as gone (the withdrawal, or the day on which the silence reached the horizon; below 0
    for one who was gone already). `learning_days_left`: from the alert to their last learning day; below 0, it had
    come and gone.
    """

    facts: AlertFacts
    ending: Ending
    why: Why
    judged_on: date
    lead_days: int | None = None
    learning_days_left: int | None = None


def judge(
    alerts: Iterable[AlertFacts],
    *,
    label: Label,
    known_by: date,
    settle_days: int = 0,
    judged: Collection[str] = frozenset(),
) -> list[Ended]:
    """Return the endings of the alerts whose horizon had passed by `known_by`, in their order.

    `known_by` is the last day whose events are all in (of the data, not of the calendar: silence in data that has
    stopped coming is no silence). `settle_days` are waited on top for late events. `judged` names the alerts that have
    an ending already: they are left out, so that each is judged once.
    """
    wait = timedelta(days=settle_days)
    return [
        _judged(facts, label, known_by)
        for facts in alerts
        if facts.due_on + wait <= known_by and facts.alert not in judged
    ]


def _judged(facts: AlertFacts, label: Label, known_by: date) -> Ended:
    ending, why = ending_of(facts, label)
    if ending != "churned":
        return Ended(facts, ending, why, known_by)
    return Ended(facts, ending, why, known_by, _lead(facts, why), _learning_left(facts, why))


def ending_of(facts: AlertFacts, label: Label) -> tuple[Ending, Why]:
    """Return how the days of the horizon ended and why: the one definition, once they have passed."""
    if _within(facts.withdrew_on, facts):
        return "churned", "withdrew"
    if _within(facts.returned_on, facts):
        return ("saved", "came_back_after_contact") if _ours(facts) else ("false_alarm", "came_back_by_itself")
    if label == "withdrawal":
        return "false_alarm", "stayed"
    return ("not_judged", "course_ended") if facts.cut_short else ("churned", "silent")


def _within(day: date | None, facts: AlertFacts) -> bool:
    return day is not None and day <= facts.due_on


def _ours(facts: AlertFacts) -> bool:
    if facts.contacted_on is None or facts.returned_on is None or facts.arm in UNTREATED:
        return False
    return facts.contacted_on <= facts.returned_on


def _lead(facts: AlertFacts, why: Why) -> int:
    if why == "withdrew" and facts.withdrew_on is not None:
        return (facts.withdrew_on - facts.as_of).days
    return facts.horizon_days - facts.absent_days


def _learning_left(facts: AlertFacts, why: Why) -> int:
    if why == "withdrew" and facts.last_learning_on is not None:
        return (facts.last_learning_on - facts.as_of).days
    return -facts.absent_days
