"""The records of care in a policy: how often, when and how a learner may be reached, and who is kept out of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from staycourse.policy.base import CauseName, Days, Hours, Name, Share, TierName

ChannelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)] | Literal["unlimited"]
"""A bound: 0 lets nothing through, "unlimited" everything. An empty text is refused, since it could mean either."""

TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Purpose = Literal["care", "marketing", "service"]
Verb = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,59}$")]


TASK_OUTCOMES = ("reached", "no_answer", "reason_told", "promised")
"""How a task that was handed to a person can end: the learner was reached (of what is to be done rather than talked
of: it is done), nobody answered, they said why, or promised to come back.
"""


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the operator calls something, in both languages."""

    en: Annotated[str, Meta(min_length=1, max_length=100)]
    zh_CN: Annotated[str, Meta(min_length=1, max_length=100)]  # noqa: N815 (the language's own code)

    def of(self, language: str) -> str:
        """Return the title in `language`."""
        return self.zh_CN if language.startswith("zh") else self.en


class ChannelCaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most messages to one learner over one channel."""

    per_day: Count = "unlimited"
    per_week: Count = "unlimited"


class CapsPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most messages to one learner over all channels, in the learner's own days and weeks (Monday to Sunday).

    Service messages (a receipt, a class starting) neither count nor are held back.
    """

    per_day: Count
    per_week: Count
    channels: dict[ChannelName, ChannelCaps] = {}


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When nothing but service messages is sent, in the learner's own zone; `start` may be later than `end`.

    What falls due then is held until `end`; what has waited longer than `stale_hours` since it fell due is dropped.
    Equal times mean no quiet hours.
    """

    start: TimeOfDay
    end: TimeOfDay
    stale_hours: Hours | Literal["never"]


class ConsentPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds for a learner who has said neither yes nor no: `assumed` (may be reached) or `required` (may not)."""

    care: Literal["assumed", "required"]
    marketing: Literal["assumed", "required"]


class MinorsPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Learners younger than `guardian_under` are reached through their guardian's address only.

    A learner whose age is not known counts as `unknown_age` says.
    """

    guardian_under: Annotated[int, Meta(ge=0, le=30)]
    unknown_age: Literal["adult", "minor"]


class BudgetPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most coupons given, and minutes of advisors asked for, in a calendar month of the tenant's zone."""

    coupons_per_month: Count
    advisor_minutes_per_month: Count


class HoldoutPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The share of learners whom no playbook reaches at all; another `salt` draws everybody anew."""

    share: Share
    salt: Annotated[str, Meta(min_length=1, max_length=60)]


class ChoicePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a cause has several playbooks: choose by what has worked (a recovering, sleeping bandit).

    Not before `minimum_outcomes` are known for the cause and tier; until then the first by priority. An answer used
    less than `recovery_days` ago counts less, by up to `recency_penalty`. `prior_strength` is how many made-up outcomes
    at the overall rate each answer starts with.
    """

    enabled: bool
    minimum_outcomes: Annotated[int, Meta(ge=1, le=1_000_000)]
    recovery_days: Days
    recency_penalty: Share
    prior_strength: Annotated[float, Meta(ge=0.1, le=10_000)]


class AlertLife(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an alert ends and may open again, so that nobody flaps.

    It closes after `calm_nights` nights in a row without its risk, and does not open again for the same learner and
    cause within `reopen_days` of closing (an immediate one does).
    """

    calm_nights: Annotated[int, Meta(ge=1, le=60)]
    reopen_days: Annotated[int, Meta(ge=0, le=365)]


class CarePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How care behaves towards a learner. `channels` is the order of preference where a step names none.

    `cooldown_hours` must pass after a playbook's last message before another one begins. `links` are the platform's
    own addresses that steps point to by name.
    """

    platform_name: Annotated[str, Meta(min_length=1, max_length=100)]
    channels: Annotated[tuple[ChannelName, ...], Meta(min_length=1, max_length=20)]
    cooldown_hours: Annotated[int, Meta(ge=0, le=24 * 365)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    advisor_minor_per_hour: Annotated[int, Meta(ge=0, le=10**9)]
    alerts: AlertLife
    caps: CapsPolicy
    quiet_hours: QuietHours
    consent: ConsentPolicy
    minors: MinorsPolicy
    budgets: BudgetPolicy
    holdout: HoldoutPolicy
    choice: ChoicePolicy
    links: dict[Name, Annotated[str, Meta(pattern=r"^https?://[^\s\"'<>]+$", max_length=500)]] = {}


class TriggerPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event that alerts at once: `verb` or one of `verbs`, and where given its value or the feeling of its text.

    Learners of the tiers `never_held_out` stay out of every draw for it: who complains is answered.
    """

    verb: Verb | Literal[""] = ""
    verbs: Annotated[tuple[Verb, ...], Meta(max_length=100)] = ()
    cause: CauseName
    below: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None = None
    above: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None = None
    feeling: Literal["negative", "any"] = "any"
    never_held_out: Annotated[tuple[TierName, ...], Meta(max_length=2)] = ()
    due_hours: Hours | None = None

    @property
    def heard(self) -> tuple[str, ...]:
        """The events that it acts on."""
        return tuple(dict.fromkeys((*((self.verb,) if self.verb else ()), *self.verbs)))


class CampaignPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A coupon campaign with its stated rule, the same for everyone whom it names (PIPL art. 24: no price by risk).

    A learner qualifies by `countries`, `courses`, having paid at least `paid_at_least_minor` in `currency`, or a
    tenure of at least `tenure_days`; what is left out asks nothing. No field takes a risk, a tier, a cause or a signal.
    """

    title: Title
    percent_off: Annotated[int, Meta(ge=0, le=100)] = 0
    amount_off_minor: Annotated[int, Meta(ge=0, le=2**53)] = 0
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?$")] = ""
    opens: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    closes: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    code: Annotated[str, Meta(pattern=r"^[A-Z0-9-]{3,40}$")]
    countries: Annotated[tuple[Annotated[str, Meta(pattern=r"^[A-Z]{2}$")], ...], Meta(max_length=250)] = ()
    courses: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=1000)] = ()
    paid_at_least_minor: Annotated[int, Meta(ge=0, le=2**53)] = 0
    tenure_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
