"""The plain records of care: alerts, what is known of a learner to be reached, and the verdicts on a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

OPEN_STATES = ("open", "taken", "snoozed")
EVERYTHING = "*"
"""The name of the draw that keeps a learner out of every playbook, and of a consent for every channel or purpose."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands in the store. `state` is open, taken, snoozed, done or closed."""

    alert: str
    learner: str
    course: str
    cause: str
    tier: str
    trigger: str
    state: str
    risk: float
    priority: float
    suggestion: str
    rules: tuple[str, ...]
    reasons: tuple[dict[str, Any], ...]
    opened: datetime
    as_of: date
    due: datetime
    seen_on: date
    policy_version: int
    horizon_days: int
    calm_nights: int = 0
    snoozed_until: datetime | None = None
    closed: datetime | None = None
    closed_by: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """What a night (or a batch of events) means for the alerts.

    `opened` are new. `seen` are open ones found again, with their fresh risk, priority and reasons. `calmer` are the
    ids of open ones not found, whose calm nights grow by one. `closed` are (id, why) of those that end: calm, return or
    gone.
    """

    opened: tuple[Alert, ...] = ()
    seen: tuple[Alert, ...] = ()
    calmer: tuple[str, ...] = ()
    closed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a learner. `kind` is email, phone, webpush or inbox; `guardian` if it reaches the guardian."""

    address: str
    kind: str
    target: str
    guardian: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What a learner said, newest entry last: yes or no, for one channel and purpose or for every (`*`)."""

    channel: str
    purpose: str
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent or is being sent: what the caps count."""

    at: datetime
    channel: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a learner who is to be reached. `zone` and `birth_year` are None where unknown."""

    learner: str
    zone: str | None = None
    birth_year: int | None = None
    consent: bool | None = None
    addresses: tuple[Address, ...] = ()
    consents: tuple[Consent, ...] = ()
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is due. `channels` is the order of preference; `stale` the instant after which it is dropped."""

    key: str
    learner: str
    purpose: str
    channels: tuple[str, ...]
    due: datetime
    stale: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says of one message.

    `send` over `channel` to `address` (counting for the learner's local `day`), `hold` until an instant, or `withhold`
    for good. `why` names the reason of the latter two: cap_day, cap_week, quiet_hours, no_consent, no_address,
    no_guardian, stale, cap_zero, no_channel.
    """

    kind: Literal["send", "hold", "withhold"]
    why: str = ""
    until: datetime | None = None
    channel: str = ""
    address: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """One learner's part in one playbook's experiment: treated, held_out, or exempt (never held out, not compared)."""

    learner: str
    playbook: str
    tier: str
    arm: Literal["treated", "held_out", "exempt"]
    share: float


@dataclass(frozen=True, slots=True)
class Entry:
    """Someone who is to enter a playbook. `entry` names what began it: an alert, an event, a stage, a birthday.

    `as_of` is the day whose knowledge it rests on, local to the tenant; None of one that an alert begins. The first
    step comes not before `start`, and nobody enters from `until` on.
    """

    learner: str
    course: str
    playbook: str
    entry: str
    tier: str
    alert: str = ""
    cause: str = ""
    exempt: bool = False
    as_of: date | None = None
    start: datetime | None = None
    until: datetime | None = None
