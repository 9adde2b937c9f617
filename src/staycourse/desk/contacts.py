"""What was done for a learner, in plain records: journeys, messages, tasks, notes, lines of the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staycourse.policy import Title


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """One learner's way through a playbook: where it stands (`step` of `kind`), until when, or why it ended."""

    journey: int
    playbook: str
    title: Title | None
    course_title: str
    cause: str
    alert: str
    arm: str
    state: str
    step: str
    kind: str
    awaits: str
    due: datetime
    entered: datetime
    left_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message: where it stands and why. `title` is its playbook's, None for a message of none."""

    key: str
    learner: str
    name: str | None
    course_title: str
    playbook: str
    title: Title | None
    purpose: str
    template: str
    state: str
    reason: str
    channel: str
    created: datetime
    due: datetime
    sent: datetime | None
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task of an advisor. `told` is the cause that the learner told; `also` the scripts of what it answers too."""

    task: str
    learner: str
    name: str | None
    course_title: str
    alert: str
    playbook: str
    title: Title | None
    cause: str
    tier: str
    script: str
    minutes: int
    state: str
    owner: str
    created: datetime
    due: datetime
    claimed: datetime | None
    finished: datetime | None
    outcome: str
    told: str
    reason: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note that somebody wrote about a task or an alert."""

    about: str
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who saw or did what, when."""

    at: datetime
    actor: str
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddressLine:
    """One address of a learner or their guardian; `disabled` since when it is not used, and the `reason`."""

    kind: str
    target: str
    guardian: bool
    added: datetime
    disabled: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One entry of the consent ledger: what was said, when and where."""

    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str
