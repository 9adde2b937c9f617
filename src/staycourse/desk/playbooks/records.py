"""Playbooks and journeys as people look at them: records, the ways between a playbook's steps, the questions asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from staycourse.policy import BranchStep, EndStep, PlaybookPolicy, Step, Title, WaitStep, following_of
from staycourse.review import PolicyChange

END = ""
"""Where a way leads that ends the journey without a step of its own."""

WayKind = Literal["next", "event", "time_out", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a step to the next (END: the journey is over). A wait whose event and time-out lead to one step has
    one way, `next`.
    """

    source: str
    target: str
    kind: WayKind


def ways_of(steps: Sequence[Step]) -> Iterator[Way]:
    """Yield the ways between `steps`, in their order."""
    for place, step in enumerate(steps):
        after = step.next or following_of(tuple(steps), place)
        match step:
            case EndStep():
                continue
            case BranchStep():
                yield Way(step.id, step.yes, "yes")
                yield Way(step.id, step.no, "no")
            case WaitStep() if step.until and step.then and step.then != after:
                yield Way(step.id, step.then, "event")
                yield Way(step.id, after, "time_out")
            case _:
                yield Way(step.id, after, "next")


@dataclass(frozen=True, slots=True)
class PlaybookCounts:
    """Learners by what became of their journey: under way, finished, left early, held out."""

    active: int = 0
    done: int = 0
    left: int = 0
    held_out: int = 0

    @property
    def entered(self) -> int:
        """All who began it."""
        return self.active + self.done + self.left


@dataclass(frozen=True, slots=True)
class PlaybookLine:
    """One playbook of the policy in force and how many it holds; `policy` None: the policy has it no longer."""

    name: str
    policy: PlaybookPolicy | None
    counts: PlaybookCounts


@dataclass(frozen=True, slots=True)
class SceneLine:
    """One scene preset and what it says differently from the default."""

    scene: str
    in_force: bool
    changes: tuple[PolicyChange, ...]


@dataclass(frozen=True, slots=True)
class ChoiceArm:
    """One of several playbooks of a cause: the share of learners that it is believed to keep, from `low` to `high` with
    90 % probability, and the `probability` that it is chosen for who had none of them lately."""

    playbook: str
    title: Title | None
    mean: float
    low: float
    high: float
    probability: float


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """One cause and tier with several playbooks: on what `basis` (priority or bandit) one is chosen, and the outcomes
    that are `known` of them."""

    cause: str
    tier: str
    basis: str
    known: int
    arms: tuple[ChoiceArm, ...]


@dataclass(frozen=True, slots=True)
class ChoiceSheet:
    """How one of several playbooks of a cause is chosen (see ChoicePolicy); `rows` where there is something to."""

    enabled: bool
    minimum_outcomes: int
    recovery_days: int
    recency_penalty: float
    rows: tuple[ChoiceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaybookList:
    """Every playbook, those answering causes first, the scene presets, and how one of several is chosen."""

    version: int
    rows: tuple[PlaybookLine, ...]
    scenes: tuple[SceneLine, ...]
    choice: ChoiceSheet | None = None


@dataclass(frozen=True, slots=True)
class Traveller:
    """One learner's journey through the playbook: where it stands until when, or how it ended."""

    journey: int
    learner: str
    name: str | None
    course_title: str
    tier: str
    alert: str
    step: str
    awaits: str
    due: datetime | None
    entered: datetime
    left_at: datetime | None
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlaybookStory:
    """One playbook: who stands where, how many messages and tasks each step has made, who is in it, why they left.

    `standing` and `made` are by step; only steps that send, ask or hand over make something that can be counted.
    """

    line: PlaybookLine
    version: int
    state: str
    standing: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()
    rows: tuple[Traveller, ...] = ()
    found: int = 0
    page: int = 1
    pages: int = 1


class PlaybookDesk(Protocol):
    """Answers about playbooks. Every call is of one tenant."""

    def playbooks(self, tenant: str) -> PlaybookList:
        """Return every playbook."""
        ...

    def playbook(self, tenant: str, name: str, state: str, page: int) -> PlaybookStory:
        """Return one playbook with a page of the journeys in `state`; NotFound if there never was one of that name."""
        ...
