"""The simulated learners together: what they do by themselves, what they do with what reaches them, and as events."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from staycourse.events import Event
from staycourse.simulate.assumptions import Assumptions
from staycourse.simulate.channel import Taken
from staycourse.simulate.cohort import HELPED, Nature, State, helped, step, stream
from staycourse.simulate.diary import Writer
from staycourse.simulate.habits import Flags
from staycourse.simulate.reception import Reaction, react

LATELY = timedelta(days=30)


@dataclass(slots=True)
class World:
    """The learners of one simulation, by row; `causes` are their latent ones. Days are of UTC, the tenant's zone here.

    `runs` keeps what everybody would do by themselves from a day on, for a horizon, once it was asked.
    `states[d]` is how the learners stood at the end of day d (0 the first), before anything of the next.
    """

    start: date
    who: Nature
    state: State
    causes: Sequence[str]
    writers: Sequence[Writer]
    assumed: Assumptions
    horizon: int
    seed: int
    learned: Flags
    states: list[State] = field(default_factory=list)
    runs: dict[tuple[int, int], Flags] = field(default_factory=dict)
    initial: State = field(init=False)
    helps: list[np.random.Generator] = field(init=False)
    rows: dict[str, int] = field(init=False)
    _waiting: list[tuple[datetime, str, Event]] = field(default_factory=list)
    _got: dict[int, list[datetime]] = field(default_factory=dict)
    _opened: dict[tuple[int, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.initial = self.state
        self.helps = [stream(self.seed, row, HELPED) for row in range(len(self.writers))]
        self.rows = {writer.learner: row for row, writer in enumerate(self.writers)}

    def begin_day(self) -> date:
        """Let the next day begin: decide who learns on it, and keep their events for their hours."""
        if self.state.day >= 0:
            self.states.append(self.state)
        self.state, learned, slid = step(self.who, self.state)
        today = self.start + timedelta(days=self.state.day)
        self.learned[:, self.state.day] = learned
        for row in map(int, np.flatnonzero(learned)):
            hour = float(self.who.hours[row, self.state.day])
            self._keep(self.writers[row].day(today, hour, slid=bool(slid[row])))
        return today

    def happened(self, by: datetime) -> list[Event]:
        """Return the events up to an instant that were not returned before, oldest first."""
        found = []
        while self._waiting and self._waiting[0][0] <= by:
            found.append(heapq.heappop(self._waiting)[2])
        return found

    def receive(self, taken: Taken, at: datetime) -> None:
        """Let a learner receive a message: what they do with it becomes events, and it may bring them back."""
        row = self.rows[taken.learner]
        before = [one for one in self._got.get(row, []) if at - one < LATELY]
        self._got[row] = [*before, at]
        reaction = react(self.helps[row], self.assumed.reception, len(before))
        self._keep(_answers(self.writers[row], taken, reaction, at))
        if reaction.opened:
            self.help(row, taken.playbook, reaction.later)

    def call(self, learner: str, playbook: str) -> bool:
        """Let an advisor call; return whether they reached the learner."""
        row = self.rows[learner]
        draws = self.helps[row]
        reached, later = bool(draws.random() < self.assumed.advisor_reaches), int(draws.integers(1, 4))
        if reached:
            self.help(row, playbook, later, times=self.assumed.person)
        return reached

    def help(self, row: int, playbook: str, later: int, *, times: float = 1.0) -> None:
        """Let an answer that reached a learner do what it does; the more often it did before, the less."""
        before = self._opened.get((row, playbook), 0)
        self._opened[row, playbook] = before + 1
        effect = times * self.assumed.effect(self.causes[row], playbook, before)
        self.state = helped(self.who, self.state, row, effect, self.horizon, later)

    def _keep(self, events: Iterable[Event]) -> None:
        for event in events:
            heapq.heappush(self._waiting, (event.time, event.event_id, event))


def _answers(writer: Writer, taken: Taken, reaction: Reaction, at: datetime) -> list[Event]:
    """Return the events that a message's reception leaves behind."""
    at, minute = at.astimezone(UTC), timedelta(minutes=1)
    opened = at + reaction.minutes * minute
    told = [("contact_delivered", at + minute, True), ("contact_opened", opened, reaction.opened),
            ("contact_clicked", opened + minute, reaction.clicked),
            ("contact_replied", opened + 3 * minute, reaction.replied)]  # fmt: skip
    events = [writer.event(verb, when, object=taken.key) for verb, when, true in told if true]
    if reaction.complained:
        events.append(writer.event("complained", opened + 2 * minute, object=taken.key))
    if reaction.unsubscribed:  # without an object: from every channel
        events.append(writer.event("unsubscribed", opened + 2 * minute))
    return events


def midnight(day: date) -> datetime:
    """Return the beginning of a day of the simulation."""
    return datetime.combine(day, time(), tzinfo=UTC)
