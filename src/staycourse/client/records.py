"""What the API answers, as records: the server writes these very types, the client reads them.

Instants are UTC, days are the tenant's. A field that a later server adds is passed over by an older client.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

Record = TypeVar("Record")

Share = Annotated[float, Meta(description="0 to 1")]


class Reason(msgspec.Struct, kw_only=True):
    """Why a risk is what it is: one signal, its value, its exact share of the score in log-odds, and it in words."""

    signal: str
    category: str
    contribution: float
    value: float | None
    words: Annotated[str, Meta(description="in the language asked for")]


class Risk(msgspec.Struct, kw_only=True):
    """The risk that one learner leaves one course within the horizon, as of a night."""

    learner: str
    course: str
    as_of: date
    risk: Share
    learner_risk: Annotated[float, Meta(description="of leaving altogether, an upper bound; 0 to 1")]
    tier: str
    value: Share
    absent_days: int
    days_in: int
    cause: str
    rules: list[str]
    reasons: list[Reason]
    categories: Annotated[dict[str, float], Meta(description="net contribution of each category, in log-odds")]
    basis: Annotated[str, Meta(description="model, or scorecard while there is nothing to learn from")]
    model: str
    policy_version: int


class PastRisk(msgspec.Struct, kw_only=True):
    """What an earlier night gave."""

    as_of: date
    course: str
    risk: Share
    learner_risk: Share
    tier: str
    cause: str


class RiskNow(msgspec.Struct, kw_only=True):
    """What a learner's risk has become since the newest night, by what was heard until `at`."""

    course: str
    at: datetime
    risk: Share
    learner_risk: Share
    tier: str
    cause: str
    rules: list[str]
    reasons: list[Reason]


class LearnerRisk(msgspec.Struct, kw_only=True):
    """One learner's risks as of the newest night, by course; earlier ones where they were asked for."""

    learner: str
    as_of: date
    risks: list[Risk]
    history: list[PastRisk] = []
    now: Annotated[list[RiskNow], Meta(description="courses scored again since that night, by the live tick")] = []


class Alert(msgspec.Struct, kw_only=True):
    """Someone should act: who, why, until when, and what became of it."""

    alert: str
    learner: str
    course: str
    cause: str
    tier: str
    trigger: str
    state: Annotated[str, Meta(description="open, taken, snoozed, done or closed")]
    risk: Annotated[
        float | None, Meta(description="0 to 1; null where an event opened it and no night or tick has computed one")
    ]
    priority: float
    suggestion: str
    rules: list[str]
    reasons: list[Reason]
    opened: datetime
    as_of: date
    due: datetime
    owner: str
    closed: datetime | None
    closed_by: str
    playbook: str
    arm: Annotated[str, Meta(description="treated or held_out, once drawn")]
    withheld: Annotated[str, Meta(description="why no playbook began")]
    settled: Annotated[
        str, Meta(description="why it waits no more: answered (a message was sent, or a person has a task) or held_out")
    ] = ""
    basis: Annotated[str, Meta(description="why that playbook was chosen: only, priority or bandit")] = ""
    outcome: Annotated[str, Meta(description="churned, saved, false_alarm or not_judged, once judged")]
    policy_version: int


class Journey(msgspec.Struct, kw_only=True):
    """One learner's way through a playbook, the step it stands at, or why it ended."""

    journey: int
    learner: str
    course: str
    playbook: str
    cause: str
    alert: str
    arm: str
    state: Annotated[str, Meta(description="active, done, left or held_out")]
    step: str
    due: datetime | None
    entered: datetime
    left_at: datetime | None
    reason: str


class Message(msgspec.Struct, kw_only=True):
    """One message to a learner: where it stands, and why it waits or was not sent. Its words are not told."""

    key: str
    learner: str
    course: str
    playbook: str
    purpose: str
    template: str
    state: Annotated[str, Meta(description="pending, claimed, sent, withheld, dropped or failed")]
    reason: str
    channel: str
    created: datetime
    due: datetime
    sent: datetime | None
    attempts: int


class Signal(msgspec.Struct, kw_only=True):
    """One signal of the catalogue: what it says, in the language asked for."""

    signal: str
    name: str
    meaning: str
    category: str
    direction: Annotated[int, Meta(description="1 higher is riskier, -1 lower is, 0 it depends")]
    cause: str
    scope: str
    unit: str


class EnrolmentSignals(msgspec.Struct, kw_only=True):
    """The signals of one enrolment as of a night; null where one is not known."""

    course: str
    enrolled_on: date | None
    signals: dict[str, float | None]


class LearnerSignals(msgspec.Struct, kw_only=True):
    """One learner's signals as of the newest night, by course."""

    learner: str
    as_of: date
    enrolments: list[EnrolmentSignals]


class CourseLine(msgspec.Struct, kw_only=True):
    """What is known of a course."""

    course: str
    title: str
    starts_on: date | None
    ends_on: date | None


class Page(msgspec.Struct, Generic[Record], kw_only=True):
    """Some records, and where to go on: give `next` as `cursor`. It is null at the end, not where a page is short."""

    data: list[Record]
    next: str | None
    as_of: date | None = None
