"""May someone enter a playbook now? One reach-out at a time, cool-downs, re-entry by rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from staycourse.policy import CarePolicy, PlaybookPolicy, TaskStep


@dataclass(frozen=True, slots=True)
class Underway:
    """The journey that a learner is on."""

    journey: int
    playbook: str
    priority: int


@dataclass(frozen=True, slots=True)
class Admission:
    """`enter` from `start` on (`outranks` names the journey that ends for it), or not, and `why`: busy or recent."""

    enter: bool
    why: Literal["", "busy", "recent"] = ""
    start: datetime | None = None
    outranks: int | None = None


def admit(
    playbook: PlaybookPolicy,
    care: CarePolicy,
    *,
    underway: Underway | None,
    entered_before: datetime | None,
    last_contact: datetime | None,
    now: datetime,
) -> Admission:
    """Decide whether a learner enters `playbook` now.

    A service playbook passes by every journey. Another one waits out the cool-down after `last_contact` before its
    first step, unless that hands to a person, who is no message; it takes the place of a journey of lower priority, and
    is refused beside one of the same or higher.
    """
    if entered_before is not None and not _again(playbook, entered_before, now):
        return Admission(False, "recent")
    if playbook.purpose == "service":
        return Admission(True, start=now)
    if underway is not None and underway.priority >= playbook.priority:
        return Admission(False, "busy")
    called = isinstance(playbook.steps[0], TaskStep)
    rested = last_contact + timedelta(hours=care.cooldown_hours) if last_contact and not called else now
    return Admission(True, start=max(now, rested), outranks=underway.journey if underway else None)


def _again(playbook: PlaybookPolicy, entered_before: datetime, now: datetime) -> bool:
    after = playbook.again_after_days
    return after != "never" and now - entered_before >= timedelta(days=after)
