"""The advisors' queue: records and the questions asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from staycourse.desk.alerting import AlertLine
from staycourse.desk.contacts import AddressLine, MessageLine, NoteLine, TaskLine
from staycourse.events import Learner
from staycourse.policy import Count

IN_QUEUE = ("open", "claimed")


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What was asked to be seen. `state` "" is the queue (open, claimed); else claimed, done, dropped or withheld."""

    state: str = ""
    owner: str = ""
    search: str = ""
    overdue: bool = False
    page: int = 1
    per_page: int = 25

    @property
    def states(self) -> tuple[str, ...]:
        """The tasks' own states that are asked for."""
        return (self.state,) if self.state else IN_QUEUE


@dataclass(frozen=True, slots=True)
class TaskQueue:
    """One page of tasks, the first due first (finished ones: the newest first), and the month's minutes."""

    rows: tuple[TaskLine, ...]
    found: int
    page: int
    pages: int
    by_state: Mapping[str, int]
    overdue: int
    minutes_used: int
    minutes_bound: Count


@dataclass(frozen=True, slots=True)
class TaskStory:
    """One task with what an advisor needs beside the telephone.

    `minor` says that the guardian is the one to talk to. `causes` are those that a learner may name. `history` are the
    learner's newest messages, `before` their other tasks, `said` the notes about those.
    """

    line: TaskLine
    learner: Learner
    minor: bool
    addresses: tuple[AddressLine, ...]
    alert: AlertLine | None
    notes: tuple[NoteLine, ...]
    history: tuple[MessageLine, ...]
    before: tuple[TaskLine, ...]
    said: tuple[NoteLine, ...]
    causes: tuple[str, ...]


class AdvisorDesk(Protocol):
    """Answers about tasks, and acts on them; every act is written into the audit log. Every call is of one tenant."""

    def tasks(self, tenant: str, asked: TaskFilter, now: datetime) -> TaskQueue:
        """Return one page of tasks."""
        ...

    def task(self, tenant: str, task: str, now: datetime) -> TaskStory:
        """Return one task; NotFound if there is none."""
        ...

    def act(
        self, tenant: str, task: str, action: str, who: str, now: datetime, *, outcome: str = "", told: str = ""
    ) -> None:
        """Claim, release, or finish with an outcome (reason_told: with the cause `told`).

        BadInput at `task` where its state does not allow it, at `told` where the cause is missing.
        """
        ...

    def note(self, tenant: str, task: str, who: str, text: str, now: datetime) -> None:
        """Write a note about a task; BadInput if it is empty or too long."""
        ...
