"""One seed of the pure driver as it stands and as it ended: its learners, its alerts, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from staycourse.care import Alert, Answer, Outcome, Person, Waiting
from staycourse.policy import Policy
from staycourse.review import AlertFacts, Ended, EntryEnded, judge
from staycourse.simulate.assumptions import Assumptions
from staycourse.simulate.away import Entrant, entries_ended
from staycourse.simulate.cohort import Nature, State
from staycourse.simulate.habits import Flags

START = date(2014, 12, 1)
CORE = 0.2
"""The share of learners who are of the core tier: the first of them."""

How = Literal["bandit", "first", "best"]
"""How an answer is chosen: as the product does, always the first by priority, or (knowing the truth) the best."""


@dataclass(slots=True)
class Case:
    """One alert: `contacted` is the day of its first message, `alone` whether they would have stayed without any."""

    row: int
    day: int
    alert: Alert
    answer: Answer
    absent: int
    alone: bool
    arm: Literal["treated", "held_out", "global_hold_out", "exempt"]
    contacted: int | None = None

    @property
    def playbook(self) -> str:
        """What answers it, "" if nothing does."""
        return self.answer.entry.playbook if self.answer.entry else ""


@dataclass(slots=True)
class PureRun:
    """One seed. `learned` says who learned when; `cases` are its alerts, oldest first.

    `away` are those who were to be won back, by row; None where nobody is.
    """

    policy: Policy
    assumed: Assumptions
    who: Nature
    state: State
    causes: Sequence[str]
    people: list[Person]
    learned: Flags
    how: How
    helps: list[np.random.Generator]
    traits: np.random.Generator
    cases: list[Case] = field(default_factory=list)
    away: dict[int, Entrant] | None = None
    waiting: list[tuple[Waiting, Case | Entrant]] = field(default_factory=list)
    entered: dict[tuple[int, str], int] = field(default_factory=dict)
    opened: dict[tuple[int, str], int] = field(default_factory=dict)
    standing: dict[int, int] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)

    def ended(self, by: int) -> tuple[list[Ended], list[Ended]]:
        """Return the endings known by the end of day `by`, and beside them how it would have ended without answers."""
        facts = [self.facts(case, by) for case in self.cases]
        found = judge(facts, label="silence", known_by=START + timedelta(days=by))
        calm = {case.alert.alert: case.alone for case in self.cases}
        other = [replace(one, ending="false_alarm" if calm[one.facts.alert] else "churned") for one in found]
        return found, other

    def entries_ended(self, by: int) -> tuple[list[EntryEnded], list[EntryEnded]]:
        """Return the same of those who were to be won back."""
        return entries_ended(self, (self.away or {}).values(), START, by)

    def tier(self, row: int) -> Literal["core", "regular"]:
        """Return a learner's tier: the first of them are core."""
        return "core" if row < CORE * len(self.people) else "regular"

    @property
    def saved(self) -> int:
        """Return how many of the judged alerts ended well because of an answer, less those that one drove away."""
        found, other = self.ended(self.learned.shape[1] - 1)
        return sum((a.ending != "churned") - (b.ending != "churned") for a, b in zip(found, other, strict=True))

    def facts(self, case: Case, by: int) -> AlertFacts:
        """Return what is judged of an alert, as known by the end of day `by`."""
        alert = case.alert
        after = np.flatnonzero(self.learned[case.row, case.day + 1 : by + 1])
        return AlertFacts(
            alert=alert.alert, learner=alert.learner, course="", as_of=alert.as_of, horizon_days=alert.horizon_days,
            tier=alert.tier, cause=alert.cause, arm=case.arm, absent_days=case.absent,
            playbook=case.playbook or None,
            returned_on=alert.as_of + timedelta(days=int(after[0]) + 1) if len(after) else None,
            contacted_on=START + timedelta(days=case.contacted) if case.contacted is not None else None,
        )  # fmt: skip
