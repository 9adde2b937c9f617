"""What people look at: the records that the console's pages and the command line both show.

Texts are keys of the translation catalogue with their values; the edge turns them into words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from staycourse.events import Course, Learner


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a risk is what it is: one signal, its value, its exact share of the score in log-odds (positive: raises)."""

    signal: str
    category: str
    contribution: float
    value: float | None


@dataclass(frozen=True, slots=True)
class LiveNow:
    """The risk of an enrolment as of `at` (in the tenant's zone), with what has happened since the last night."""

    risk: float
    at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentRisk:
    """One learner in one course, as of one day. `risk` and `learner_risk` are probabilities, `value` is 0 to 1.

    `gone`: silent for longer than the churn horizon, so that no alert is opened; `suggestion` is empty for who needs no
    care; `live` is what is known since the night, where Today asks.
    """

    learner: str
    name: str | None
    course: str
    course_title: str
    as_of: date
    risk: float
    learner_risk: float
    tier: str
    value: float
    paid_minor: int | None
    currency: str | None
    priority: float
    absent_days: int
    cause: str
    suggestion: str
    due_hours: int | None
    rules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    categories: tuple[tuple[str, float], ...]
    basis: str
    trigger: str = ""
    then: str = ""
    gone: bool = False
    live: LiveNow | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What the risks rest on: a trained model, or the default scorecard while there is nothing to learn from."""

    kind: str
    model: str | None
    trained_on: date | None
    as_of_days: int
    rows: int
    auc: float | None
    ece: float | None
    horizon_days: int
    policy_version: int


@dataclass(frozen=True, slots=True)
class Today:
    """Who needs care now, most pressing first.

    `found` counts all that match the filters, `previous_found` the candidates of the run before. `anything` says
    whether any event has been kept yet. Who has been silent for more than `horizon_days` counts as gone and is not
    among them.
    """

    as_of: date | None
    rows: tuple[EnrolmentRisk, ...]
    found: int
    page: int
    pages: int
    by_cause: tuple[tuple[str, int], ...]
    by_tier: tuple[tuple[str, int], ...]
    enrolments: int
    previous_as_of: date | None
    previous_found: int | None
    courses: tuple[Course, ...]
    basis: Basis | None
    anything: bool = True
    horizon_days: int = 0


@dataclass(frozen=True, slots=True)
class TodayFilter:
    """What the operator asked to see; empty texts mean all. `page` counts from 1.

    `within` are the courses whose learners the reader may see at all; None: every one.
    """

    course: str = ""
    cause: str = ""
    tier: str = ""
    search: str = ""
    page: int = 1
    per_page: int = 25
    within: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One verb on one day in one course: how often, the values' sum, the first and last instant."""

    day: date
    course: str
    verb: str
    count: int
    value: int | None
    first: datetime
    last: datetime
    object: str


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """How one learner's live classes went on one day: freeze share 0 to 1, milliseconds, loss share 0 to 1."""

    day: date
    course: str
    freeze_share: float | None
    round_trip: float | None
    loss_share: float | None
    rejoins: int


@dataclass(frozen=True, slots=True)
class EnrolmentStory:
    """One enrolment of the learner's page: its newest risk, its risk over time, its daily learning activity."""

    course: Course
    enrolled_on: date | None
    state: str
    now: EnrolmentRisk | None
    history: tuple[tuple[date, float], ...]
    activity: tuple[tuple[date, int], ...]
    live: LiveNow | None = None


@dataclass(frozen=True, slots=True)
class LearnerStory:
    """Everything the learner's page shows."""

    learner: Learner
    enrolments: tuple[EnrolmentStory, ...]
    timeline: tuple[TimelineEntry, ...]
    older: bool
    quality: tuple[ClassQuality, ...]


@dataclass(frozen=True, slots=True)
class ReturnPoint:
    """Of `gaps` silences that reached `days`, the share whose learner still came back."""

    days: int
    gaps: int
    share: float


@dataclass(frozen=True, slots=True)
class ReturnCurve:
    """The return curve of one course ("" = all), the horizon it proposes and why (a message key with its values)."""

    course: str
    title: str
    points: tuple[ReturnPoint, ...]
    proposed_horizon: int | None
    reasoning: str
    values: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChurnDefinition:
    """What churn is here: the horizon in force, the curve over all and each course's."""

    as_of: date | None
    horizon_days: int
    overall: ReturnCurve
    courses: tuple[ReturnCurve, ...]
