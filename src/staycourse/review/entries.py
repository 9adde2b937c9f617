"""How entries into playbooks that no alert begins ended: welcome, habit, renewal, winning back.

Judged is the learner over all courses, by what happened on the days D+1 to D+H, once, as alerts are:

- **stays**: did not leave, by the definition of alerts (review.outcomes). Who withdrew from one course and learned in
  another after it has not left.
- **returns**: learned anything, or completed a course.
- **renews**: paid or renewed.

Whoever did is *kept*, everybody else *lost*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from staycourse.policy import Judged
from staycourse.review.outcomes import AlertFacts, ending_of
from staycourse.signals import Label

EntryWhy = Literal["withdrew", "silent", "came_back", "stayed", "paid", "not_paid"]


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """The first time that a learner was drawn for a playbook, let in or not, and what was known on the judging day.

    `as_of`: D. `due_on`: D+H. `arm`: treated or held_out. `returned_on`, `last_learning_on` (by D+H), `withdrew_on` and
    `paid_on` as of AlertFacts, over all courses. `unsubscribed`, `complained`: within the horizon. `cost_minor`: what
    was spent on the playbook's journeys of the learner.
    """

    learner: str
    playbook: str
    tier: str
    arm: Literal["treated", "held_out"]
    as_of: date
    due_on: date
    judged_by: Judged
    returned_on: date | None = None
    last_learning_on: date | None = None
    withdrew_on: date | None = None
    paid_on: date | None = None
    unsubscribed: bool = False
    complained: bool = False
    cost_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class EntryEnded:
    """How an entry ended and why; `judged_on` is the last day that was known when it was judged."""

    facts: EntryFacts
    kept: bool
    why: EntryWhy
    judged_on: date


@dataclass(frozen=True, slots=True)
class EntryCount:
    """So many judged entries of one playbook, tier and arm: how many kept, unsubscribed, complained; what they cost."""

    playbook: str
    judged_by: Judged
    tier: str
    arm: Literal["treated", "held_out"]
    currency: str
    n: int
    kept: int
    unsubscribed: int
    complained: int
    cost_minor: int


def judge_entries(
    entries: Iterable[EntryFacts], *, label: Label, known_by: date, settle_days: int = 0
) -> Iterator[EntryEnded]:
    """Yield the endings of the entries whose horizon had passed by `known_by`, `settle_days` for late events on top."""
    wait = timedelta(days=settle_days)
    for facts in entries:
        if facts.due_on + wait <= known_by:
            kept, why = _ending(facts, label)
            yield EntryEnded(facts, kept, why, known_by)


def _ending(facts: EntryFacts, label: Label) -> tuple[bool, EntryWhy]:
    match facts.judged_by:
        case "renews":
            paid = _within(facts.paid_on, facts)
            return paid, "paid" if paid else "not_paid"
        case "returns":
            back = _within(facts.returned_on, facts)
            return back, "came_back" if back else "silent"
    ending, why = ending_of(_as_alert(facts), label)
    if ending == "churned":
        return False, "withdrew" if why == "withdrew" else "silent"
    return True, "stayed"


def _as_alert(facts: EntryFacts) -> AlertFacts:
    """Return the entry as the one definition of leaving asks for it: no end of a course cuts it short."""
    went_on = facts.withdrew_on and facts.last_learning_on and facts.last_learning_on > facts.withdrew_on
    return AlertFacts(
        alert="", learner=facts.learner, course="", as_of=facts.as_of, tier=facts.tier, cause="", arm=facts.arm,
        horizon_days=(facts.due_on - facts.as_of).days, returned_on=facts.returned_on,
        last_learning_on=facts.last_learning_on, withdrew_on=None if went_on else facts.withdrew_on,
    )  # fmt: skip


def _within(day: date | None, facts: EntryFacts) -> bool:
    return day is not None and day <= facts.due_on
