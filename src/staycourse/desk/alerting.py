"""The alerts that people look at and act on: records and the questions asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from staycourse.care import Alert
from staycourse.desk.contacts import JourneyLine, NoteLine, TaskLine
from staycourse.events import Course
from staycourse.policy import Title

NOBODY = "-"
"""The owner asked for when those are wanted whom nobody has taken: no person is called so."""

ENDED = ("done", "closed")
TO_ANSWER = ("open", "taken")
SETTLED = ("answered", "held_out")
"""Why an open alert waits for nobody: a message was sent or a person has a task; or it is to be left alone."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What was asked to be seen; empty texts mean all. `state` "" is what waits for an answer: open or taken, and
    settled by nothing.

    `state` may also be open (and waiting), answered or held_out (open, waiting for nobody), taken, snoozed or ended.
    `page` counts from 1. `within` are the courses whose learners the reader may see at all; None: every one.
    """

    state: str = ""
    tier: str = ""
    cause: str = ""
    owner: str = ""
    course: str = ""
    search: str = ""
    overdue: bool = False
    page: int = 1
    per_page: int = 25
    within: tuple[str, ...] | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The alerts' own states that are asked for."""
        named = {"": TO_ANSWER, "ended": ENDED} | dict.fromkeys(SETTLED, ("open",))
        return named.get(self.state, (self.state,))

    @property
    def settled(self) -> str | None:
        """What they are settled by; "" by nothing, None by whatever it be."""
        named = {"": "", "open": ""} | {name: name for name in SETTLED}
        return named.get(self.state)

    @staticmethod
    def list_of(state: str, settled: str) -> str:
        """Return the list in which an alert of that state stands: by what settled it, where it is open."""
        return settled if state == "open" and settled else state


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert with what became of it: owner, draw (`arm`), chosen playbook, why nothing was sent, how it ended.

    `settled` tells why it waits for nobody (see SETTLED), `basis` why that playbook: only, priority or bandit.
    """

    alert: Alert
    name: str | None
    course_title: str
    owner: str
    taken: datetime | None
    arm: str
    playbook: str
    title: Title | None
    withheld: str
    settled: str
    basis: str
    outcome: str
    judged: datetime | None
    lead_days: int | None

    @property
    def listed(self) -> str:
        """The list that it stands in: its state, but answered or held_out where it is open and waits for nobody."""
        return AlertFilter.list_of(self.alert.state, self.settled)

    @property
    def left_alone(self) -> bool:
        """Say whether the learner is held out: nothing is to be done, so nothing is suggested anywhere."""
        return self.settled == "held_out"


@dataclass(frozen=True, slots=True)
class AlertList:
    """One page of alerts, the first due and most pressing first (ended ones: the newest first), with counts.

    `by_state` counts all by the list that they stand in (done and closed apart), `by_cause`, `by_tier` and `owners` are
    of the list asked for, `overdue` of those that wait for an answer.
    """

    rows: tuple[AlertLine, ...]
    found: int
    page: int
    pages: int
    by_state: Mapping[str, int]
    by_cause: tuple[tuple[str, int], ...]
    by_tier: tuple[tuple[str, int], ...]
    overdue: int
    owners: tuple[str, ...]
    courses: tuple[Course, ...]


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert, the journey and the tasks that it began, and the notes about it."""

    line: AlertLine
    journeys: tuple[JourneyLine, ...]
    tasks: tuple[TaskLine, ...]
    notes: tuple[NoteLine, ...]


class AlertDesk(Protocol):
    """Answers about alerts, and acts on them; every act is written into the audit log. Every call is of one tenant."""

    def alerts(self, tenant: str, asked: AlertFilter, now: datetime) -> AlertList:
        """Return one page of alerts."""
        ...

    def alert(self, tenant: str, alert: str) -> AlertStory:
        """Return one alert; NotFound if there is none."""
        ...

    def standing(self, tenant: str, learners: Collection[str]) -> Mapping[tuple[str, str], AlertLine]:
        """Return the open, taken and snoozed alerts of `learners` by (learner, cause)."""
        ...

    def act(self, tenant: str, alert: str, action: str, who: str, now: datetime, until: datetime | None) -> None:
        """Take, snooze (`until`), finish (done) or give back (release); BadInput where its state does not allow it."""
        ...

    def note(self, tenant: str, alert: str, who: str, text: str, now: datetime) -> None:
        """Write a note about an alert; BadInput if it is empty or too long."""
        ...
