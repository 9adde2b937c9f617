"""What was and may be done for one learner: records, and the questions asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from staycourse.desk.alerting import AlertLine
from staycourse.desk.contacts import (
    AddressLine,
    AuditLine,
    ConsentLine,
    JourneyLine,
    MessageLine,
    NoteLine,
    TaskLine,
)


@dataclass(frozen=True, slots=True)
class LearnerCare:
    """Everything of care about one learner, the newest first. `channels` are those that are set up."""

    alerts: tuple[AlertLine, ...]
    journeys: tuple[JourneyLine, ...]
    messages: tuple[MessageLine, ...]
    tasks: tuple[TaskLine, ...]
    notes: tuple[NoteLine, ...]
    addresses: tuple[AddressLine, ...]
    consents: tuple[ConsentLine, ...]
    audit: tuple[AuditLine, ...]
    channels: tuple[str, ...]


class PeopleDesk(Protocol):
    """Answers about learners, and writes what they said. Every call is of one tenant."""

    def learner_care(self, tenant: str, learner: str, who: str, now: datetime) -> LearnerCare:
        """Return what is known, and write into the audit log that `who` saw it."""
        ...

    def consent(
        self, tenant: str, learner: str, channel: str, purpose: str, granted: bool, who: str, now: datetime
    ) -> None:
        """Write into the ledger what a learner said: for a channel or every one (`*`), for care, marketing or both.

        A no for every channel and purpose ends the journeys under way, as an unsubscription does.
        """
        ...
