"""What was done for one learner, and what they said about being reached, as a view for the learner's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from staycourse.desk import AuditLine, ConsentLine, LearnerCare
from staycourse.kernel import Words
from staycourse.web.console.alerts import AlertView, alert_view
from staycourse.web.console.contacts import (
    JourneyView,
    MessageView,
    NoteView,
    TaskView,
    journey_view,
    message_view,
    note_view,
    task_view,
)
from staycourse.web.console.reader import moment_text

EVERY = "*"
PURPOSES = (EVERY, "care", "marketing")
DEVICES = ("webpush",)
"""Kinds of address that say nothing to a person: a subscription's keys are not shown."""


@dataclass(frozen=True, slots=True)
class AddressView:
    """One address: its kind, target, whose, and why it is not used (if it is not)."""

    kind: str
    target: str
    whose: str
    stopped: str


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One entry of the ledger."""

    granted: bool
    text: str
    more: str


@dataclass(frozen=True, slots=True)
class CareView:
    """The part of the learner's page that tells of care."""

    learner: str
    alerts: tuple[AlertView, ...]
    standing: tuple[AlertView, ...]
    journeys: tuple[JourneyView, ...]
    messages: tuple[MessageView, ...]
    tasks: tuple[TaskView, ...]
    notes: tuple[NoteView, ...]
    addresses: tuple[AddressView, ...]
    consents: tuple[ConsentView, ...]
    audit: tuple[tuple[str, str, str], ...]
    channels: tuple[tuple[str, str], ...]
    purposes: tuple[tuple[str, str], ...]


def care_view(found: LearnerCare, learner: str, now: datetime, zone: ZoneInfo, words: Words) -> CareView:
    """Return the view of what was done for `learner`."""
    t = words.t
    alerts = tuple(alert_view(line, now, zone, words) for line in found.alerts)
    return CareView(
        learner=learner,
        alerts=alerts,
        standing=tuple(alert for alert in alerts if alert.due),
        journeys=tuple(journey_view(one, now, zone, words) for one in found.journeys),
        messages=tuple(message_view(one, now, zone, words) for one in found.messages),
        tasks=tuple(task_view(one, now, zone, words) for one in found.tasks),
        notes=tuple(note_view(one, zone, words) for one in found.notes),
        addresses=tuple(
            AddressView(
                words.named("address", one.kind),
                t("advisors.reach.device") if one.kind in DEVICES else one.target,
                t("advisors.reach.guardian") if one.guardian else "",
                _stopped(one.disabled, one.reason, zone, words),
            )
            for one in found.addresses
        ),
        consents=tuple(_consent(one, zone, words) for one in found.consents),
        audit=tuple(_audit(line, zone, words) for line in found.audit),
        channels=((EVERY, t("people.every_channel")), *((name, name) for name in found.channels)),
        purposes=tuple((name, _purpose(name, words)) for name in PURPOSES),
    )


def _consent(line: ConsentLine, zone: ZoneInfo, words: Words) -> ConsentView:
    channel = words.t("people.every_channel") if line.channel == EVERY else line.channel
    key = "people.consent.yes" if line.granted else "people.consent.no"
    text = words.t(key, channel=channel, purpose=_purpose(line.purpose, words))
    said = words.named("people.source", line.source)
    return ConsentView(line.granted, text, words.t("care.joined", first=moment_text(line.at, zone, words), second=said))


def _purpose(name: str, words: Words) -> str:
    return words.t("people.every_purpose") if name == EVERY else words.named("purpose", name)


def _stopped(disabled: datetime | None, reason: str, zone: ZoneInfo, words: Words) -> str:
    if disabled is None:
        return ""
    since = words.t("people.address.disabled", moment=moment_text(disabled, zone, words))
    return words.t("care.joined", first=since, second=reason) if reason else since


def _audit(line: AuditLine, zone: ZoneInfo, words: Words) -> tuple[str, str, str]:
    return moment_text(line.at, zone, words), line.actor, words.named("audit", line.action)
