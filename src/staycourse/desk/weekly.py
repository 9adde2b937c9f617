"""The weekly review: what we saw, did, saved, cried wolf about and propose, for a manager with two minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from staycourse.desk.evidence import EvidenceLine
from staycourse.policy import Policy
from staycourse.review import EndingTally

Counts = tuple[tuple[str, int], ...]
"""Names with counts, most first."""

Caveat = Literal["", "simulated", "unreached"]
"""What stands over every figure: the learners are the simulator's, or all messages went where nobody reads them."""

LEAST_JUDGED = 20
WOLF_SHARE = 0.7
"""A rule with so many judged alerts of which so large a share were false alarms is named as crying wolf."""


@dataclass(frozen=True, slots=True)
class WeekSeen:
    """What we saw: nights run, open enrolments of the newest one, alerts opened, by cause, tier and trigger."""

    nights: int
    enrolments: int | None
    alerts: int
    alerts_before: int
    by_cause: Counts
    by_tier: Counts
    overdue: int


@dataclass(frozen=True, slots=True)
class WeekDone:
    """What we did. `messages` are those sent, by channel; `kept_back` by reason; `failed` for good.

    `tasks_done` by outcome with the minutes that they were expected to cost; `tasks_late` were open past their time.
    """

    journeys: int
    held_out: int
    messages: Counts
    kept_back: Counts
    failed: int
    tasks_asked: int
    tasks_done: Counts
    minutes: int
    tasks_late: int


@dataclass(frozen=True, slots=True)
class WeekEnded:
    """How the alerts judged in the week ended: all, those of the week before, and by rule."""

    whole: EndingTally | None
    before: EndingTally | None
    by_rule: tuple[tuple[str, EndingTally], ...]

    @property
    def wolves(self) -> tuple[tuple[str, EndingTally], ...]:
        """The rules that cried wolf, the most false alarms first."""
        found = [pair for pair in self.by_rule if pair[1].n >= LEAST_JUDGED
                 and pair[1].false_alarms >= WOLF_SHARE * pair[1].n]  # fmt: skip
        return tuple(sorted(found, key=lambda pair: -pair[1].false_alarms))


@dataclass(frozen=True, slots=True)
class WeekReview:
    """One week, Monday to Sunday in the tenant's zone. `care` and `playbooks` are what is known by now, of all time.

    `whole` says whether the week is over.
    """

    tenant: str
    first: date
    caveat: Caveat
    whole: bool
    policy: Policy
    seen: WeekSeen
    done: WeekDone
    ended: WeekEnded
    care: EvidenceLine
    playbooks: tuple[EvidenceLine, ...]

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)


class WeeklyDesk(Protocol):
    """Answers about a week. Every call is of one tenant."""

    def review(self, tenant: str, week: date | None) -> WeekReview:
        """Return the week that holds the day `week`, the newest whole one if None; BadInput for a week to come."""
        ...
