"""What the guard's tests share: a policy with its care changed, people, and messages that are due."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import msgspec

from staycourse.care.records import Address, Person, Waiting
from staycourse.policy import CarePolicy, Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

KINDS = {"inbox": "inbox", "email": "email", "sms": "phone", "hook": ""}
EMAIL = Address("a1", "email", "ann@example.org")
PHONE = Address("a2", "phone", "+4912345")
INBOX = Address("a3", "inbox", "ann")
GUARDIAN = Address("g1", "email", "parent@example.org", guardian=True)


@cache
def default_policy() -> Policy:
    return load_policy("", signals=SIGNALS_BY_NAME)


def care_of(**changed: object) -> CarePolicy:
    """Return the default care with whole sections replaced, or laid over key by key where a dict is given."""
    care = msgspec.to_builtins(default_policy().care)
    for name, value in changed.items():
        care[name] = {**care[name], **value} if isinstance(value, dict) else value
    changed_care: CarePolicy = msgspec.convert(care, CarePolicy)
    return changed_care


OPEN = {"quiet_hours": {"start": "00:00", "end": "00:00"}}
"""No quiet hours: what looks at other things has none in its way."""


def ann(**known: object) -> Person:
    return Person(**({"learner": "ann", "addresses": (EMAIL, PHONE, INBOX)} | known))  # type: ignore[arg-type]


def waiting(*channels: str, purpose: str = "care", stale: datetime | None = None) -> Waiting:
    return Waiting("k1", "ann", purpose, channels or ("email",), at("2026-03-10T12:00"), stale)


def at(text: str) -> datetime:
    """Return the instant of an ISO text, UTC where it names no offset."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
