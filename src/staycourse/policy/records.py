"""The records of a policy: what each section of the file holds, its bounds, and what it means.

Every number's default lives in `default.toml`, not here, so that one file shows them all.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from staycourse.policy.base import (
    Category,
    CauseName,
    Condition,
    Days,
    Hours,
    LogOdds,
    Name,
    Number,
    Operator,
    Share,
    SignalPattern,
    TierName,
)
from staycourse.policy.care import CampaignPolicy, CarePolicy, Count, TriggerPolicy
from staycourse.policy.events import EventsPolicy
from staycourse.policy.playbooks import PlaybookPolicy

Minutes = Annotated[float, Meta(ge=0, le=480)]


class ChurnPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What leaving means: `label` silence (no learning activity for `horizon_days`) or withdrawal within them.

    The rest shapes the proposal of a horizon from the return curve: the first day, within `shortest_days` to
    `longest_days`, past which fewer than `return_share` still come back within the next `follow_days`. Points that
    rest on fewer than `minimum_gaps` silences are not shown.
    """

    horizon_days: Annotated[int, Meta(ge=1, le=120)]
    label: Literal["silence", "withdrawal"]
    return_share: Annotated[float, Meta(gt=0, lt=1)]
    shortest_days: Annotated[int, Meta(ge=1, le=120)]
    longest_days: Annotated[int, Meta(ge=1, le=120)]
    follow_days: Annotated[int, Meta(ge=1, le=400)]
    minimum_gaps: Annotated[int, Meta(ge=1, le=1_000_000)]


class AlertPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is shown as needing care.

    `on` says which risk alerts: each enrolment's own, or the learner's (all enrolments together). An immediate rule
    alerts at any risk and is due within `immediate_due_hours` at most; another rule alerts from
    `minimum_risk_with_rule`; a risk alerts alone from `minimum_risk`. Priority = risk × (value_floor + (1 −
    value_floor) × value).

    Of the alerts that are not immediate at most `budget_per_day` less the immediate ones are opened a day, the most
    pressing first: 0 opens none of them, "unlimited" all. `budget_precision` is the share of alerts that should be
    right (0: not asked). `messages_per_alert` and the minutes of a person are what back-tests assume that one costs.
    """

    on: Literal["enrolment", "learner"]
    minimum_risk: Share
    minimum_risk_with_rule: Share
    immediate_due_hours: Hours
    value_floor: Annotated[float, Meta(gt=0, le=1)]
    budget_per_day: Count
    budget_precision: Share
    messages_per_alert: Annotated[int, Meta(ge=0, le=50)]
    core_minutes: Minutes
    regular_minutes: Minutes


class TierPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One tier: the days absent that its learners alert after, the hours within which someone should act."""

    absent_days: Days
    due_hours: Hours


class TiersPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is a core learner: the top `core_share` in the order of `by`, each measure breaking the ties before it.

    Where the attributes say nothing of an amount paid it is the learner's `paid_signal`; activity is the sum of
    `activity_signal` over the learner's open enrolments.
    """

    core_share: Annotated[float, Meta(gt=0, lt=1)]
    by: Annotated[tuple[Literal["paid", "activity", "tenure"], ...], Meta(min_length=1, max_length=3)]
    paid_signal: Name
    activity_signal: Name
    core: TierPolicy
    regular: TierPolicy

    def of(self, name: str) -> TierPolicy:
        """Return the tier `name`: core or regular."""
        return self.core if name == "core" else self.regular


class RulePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A threshold that alerts: all of `when` must hold, for a learner of `tiers`.

    `cause` is what the rule speaks for ("" none) and `evidence` how strongly, in log-odds beside the contributions.
    An immediate rule alerts at any risk; a `decisive` one names the cause even of those who have just started. One that
    does not `alerts` names the cause of those whom another rule or the risk alerts, and alerts nobody itself.
    """

    id: Name
    category: Category
    when: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=8)]
    tiers: Annotated[tuple[TierName, ...], Meta(min_length=1, max_length=2)] = ("core", "regular")
    alerts: bool = True
    immediate: bool = False
    decisive: bool = False
    cause: CauseName | Literal[""] = ""
    evidence: Annotated[float, Meta(ge=0, le=20)] = 1.0


class ScorecardItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the scorecard: where `signal` `op` `at` holds, `weight` log-odds are added."""

    signal: Name
    op: Operator
    at: Number
    weight: LogOdds
    category: Category


class ScorecardPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The scorecard: risk = logistic(intercept + the weights of the items that hold)."""

    intercept: LogOdds
    items: Annotated[tuple[ScorecardItem, ...], Meta(min_length=1, max_length=200)]


class ModelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the model is learned, and from how much.

    As-of days lie `as_of_every_days` apart over the last `history_days`. Fewer than `minimum_outcomes` learners who
    left (or who stayed) and the scorecard is used instead. A model older than `retrain_days` is learned anew. `depth`
    at most 3 keeps the reasons exact.
    """

    depth: Annotated[int, Meta(ge=1, le=3)]
    rounds: Annotated[int, Meta(ge=10, le=5000)]
    learning_rate: Annotated[float, Meta(gt=0, le=1)]
    as_of_every_days: Annotated[int, Meta(ge=1, le=90)]
    minimum_outcomes: Annotated[int, Meta(ge=10, le=10_000_000)]
    retrain_days: Days
    history_days: Days
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)]


class CausePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cause: the signals that speak for it (`*` stands for any letters), the first answer and the one `then`."""

    id: CauseName
    signals: Annotated[tuple[SignalPattern, ...], Meta(max_length=100)]
    first: Name
    then: Name


class CausesPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which cause is named. `list` is also the order in which ties are broken.

    The cause with most evidence wins: the sum of the contributions of its signals plus the evidence of its rules that
    fired. Below `minimum_evidence` it is `otherwise`. Within the first `starting_days` days it is `starting`, unless
    a decisive rule fired.
    """

    minimum_evidence: Annotated[float, Meta(ge=0, le=20)]
    starting_days: Annotated[int, Meta(ge=0, le=90)]
    starting: CauseName
    otherwise: CauseName
    list: Annotated[tuple[CausePolicy, ...], Meta(min_length=1, max_length=50)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole policy. `version` is the number the store gave it; 0 is the default that ships with the product.

    `scene` names the preset that lies between the default and the operator's file.
    """

    format: Literal[1]
    churn: ChurnPolicy
    alerts: AlertPolicy
    tiers: TiersPolicy
    rules: Annotated[tuple[RulePolicy, ...], Meta(max_length=200)]
    scorecard: ScorecardPolicy
    model: ModelPolicy
    causes: CausesPolicy
    care: CarePolicy
    triggers: dict[Name, TriggerPolicy]
    playbooks: dict[Name, PlaybookPolicy]
    campaigns: dict[Name, CampaignPolicy] = {}
    events: EventsPolicy = EventsPolicy()
    scene: Literal["", "k12", "vocational", "language", "interest"] = ""
    version: int = 0

    def rule(self, rule_id: str) -> RulePolicy | None:
        """Return the rule `rule_id`, None if there is none."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def cause(self, cause_id: str) -> CausePolicy | None:
        """Return the cause `cause_id`, None if there is none."""
        return next((cause for cause in self.causes.list if cause.id == cause_id), None)
