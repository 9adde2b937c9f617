"""The records of playbooks: who enters, what happens step by step, and when it stops."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from staycourse.policy.base import CauseName, Condition, Days, Name, Operator, Share, TierName
from staycourse.policy.care import ChannelName, Purpose, Title, Verb

Stage = Literal[
    "registered", "first_lesson", "learning", "paying", "renewing", "at_risk", "dormant", "churned", "resurrected"
]
Channels = Annotated[tuple[ChannelName, ...], Meta(max_length=20)]
RENEWAL_ASKED = ("subscription_expired", "renewal_asked")
"""The events after which a renewal is what is hoped for."""

SCHEDULED = "class_scheduled"
"""The event whose value says in how many minutes something begins."""

Judged = Literal["stays", "returns", "renews"]
"""What a playbook that no alert begins is judged by, within its horizon: the learner does not leave; learns anything
again; pays or renews. Of the learner over all courses.
"""

RETURN = "return"
"""What a wait may be for beside the vocabulary's verbs: any learning activity."""

TASK = "task"
"""... and the outcome of a task that the journey itself handed to a person."""


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """A step: `next` is where it leads; left out, the step after it in the list (the last one ends the journey)."""

    id: Name
    next: Name | Literal[""] = ""


class SendStep(_Step, frozen=True, tag="send"):
    """Send `template` over the first of `channels` that reaches the learner; `link` is one of care.links."""

    template: Name
    channels: Channels = ()
    link: Name | Literal[""] = ""


class WaitStep(_Step, frozen=True, tag="wait"):
    """Wait `days` and `hours`, or until the event `until`, which leads to `then`.

    "return" is any learning; "task" that an advisor finishes a task of this journey, with whatever outcome.
    """

    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    hours: Annotated[int, Meta(ge=0, le=24 * 90)] = 0
    until: Verb | Literal[""] = ""
    then: Name | Literal[""] = ""


class BranchStep(_Step, frozen=True, tag="branch"):
    """Go to `yes` or `no`: whether a signal of the newest night, an event, an attribute, an answer or a task fits.

    Numbers are compared by `op` with `at`; texts are equal to `words`; an event asks only that it happened
    `within_days` (left out: ever). A task is named by its script, its newest outcome since the journey began is the
    text. What is not known does not fit.
    """

    on: Literal["signal", "event", "attribute", "answer", "task"]
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
    yes: Name
    no: Name
    op: Operator = ">="
    at: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    words: Annotated[str, Meta(max_length=200)] = ""
    within_days: Days | None = None


class OfferStep(_Step, frozen=True, tag="offer"):
    """Tell of a coupon `campaign` if the learner qualifies by its stated rule; otherwise nothing is sent."""

    campaign: Name
    template: Name
    channels: Channels = ()
    link: Name | Literal[""] = ""


class TaskStep(_Step, frozen=True, tag="task"):
    """Hand to a person: a task for an advisor with a `script`, due `within_hours`, expected to cost `minutes`."""

    script: Name
    minutes: Annotated[int, Meta(ge=1, le=480)]
    within_hours: Annotated[int, Meta(ge=1, le=24 * 90)]


class SurveyStep(_Step, frozen=True, tag="survey"):
    """Ask one `question`, answered from 0 to 10 behind a link; the answer is an event and a fact to branch on."""

    question: Name
    template: Name
    channels: Channels = ()


class WebhookStep(_Step, frozen=True, tag="webhook"):
    """Tell the platform over the webhook `channel`."""

    channel: ChannelName


class EndStep(_Step, frozen=True, tag="end"):
    """End the journey."""


Step = SendStep | WaitStep | BranchStep | OfferStep | TaskStep | SurveyStep | WebhookStep | EndStep


class EnterPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who enters: alerts of `causes`, an `event`, reaching a lifecycle `stage`, a birthday, or a segment (`when`).

    Exactly one of them; `tiers` narrows any. With `minutes_before` the event tells of something that begins later
    (SCHEDULED), and the first step comes so long before that; nobody enters once it has begun.
    """

    causes: Annotated[tuple[CauseName, ...], Meta(max_length=50)] = ()
    event: Verb | Literal[""] = ""
    stage: Stage | Literal[""] = ""
    birthday: bool = False
    when: Annotated[tuple[Condition, ...], Meta(max_length=8)] = ()
    minutes_before: Annotated[int, Meta(ge=0, le=44_640)] | None = None
    tiers: Annotated[tuple[TierName, ...], Meta(min_length=1, max_length=2)] = ("core", "regular")


class PlaybookPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One playbook: an answer to a cause, or a lifecycle stage's journey.

    Higher `priority` goes first and takes the place of a lower one under way. `holdout_share` of those who would enter
    get nothing, so that its effect can be known. It may be entered again `again_after_days` after the last entry, or
    never. It is left at once on what `leave_on` names, and when `goal` happens. `judged_by` is what speaks for one that
    no alert begins; left out, it follows from who enters.
    """

    title: Title
    enter: EnterPolicy
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=60)]
    enabled: bool = True
    purpose: Purpose = "care"
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    holdout_share: Share = 0.1
    again_after_days: Annotated[int, Meta(ge=0, le=3650)] | Literal["never"] = 30
    leave_on: Annotated[tuple[Literal["return", "reply", "unsubscribe"], ...], Meta(max_length=3)] = (
        "return", "reply", "unsubscribe",
    )  # fmt: skip
    goal: Verb | Literal[""] = ""
    judged_by: Judged | Literal[""] = ""

    @property
    def judged(self) -> Judged:
        """What it is judged by: as stated, else by who enters."""
        if self.judged_by:
            return self.judged_by
        if self.enter.stage == "renewing" or self.enter.event in RENEWAL_ASKED:
            return "renews"
        return "returns" if self.enter.stage in ("dormant", "churned") else "stays"
