"""Single events that alert within seconds: a refund enquiry, a complaint, a bad rating, negative words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from staycourse.care.records import Alert
from staycourse.care.suggestions import suggestion_of
from staycourse.events import Event
from staycourse.kernel import natural_id
from staycourse.policy import Policy, TriggerPolicy

Fired = tuple[str, TriggerPolicy, Event]

WAITING_FOR_AN_ANSWER = 1.0
"""The priority of an alert that an event opened: somebody has just said something, which goes before any risk."""


def triggered(
    events: Sequence[tuple[Event, int | None]],
    policy: Policy,
    tiers: Mapping[str, str],
    *,
    now: datetime,
    zone: tzinfo = UTC,
) -> list[Alert]:
    """Return the alerts that `events` open at `now`, by falling urgency: one for each learner and cause.

    With each event comes the feeling of its text: over 0 positive, below 0 negative, None without a text. `tiers` names
    the tier of learners, regular where it is not known. `zone` is the tenant's, in which the alert's days are counted.
    Events of the past that were brought in later (backfill) alert nobody. Several events of a learner about one cause
    make one alert: it names every trigger that fired, and the event of the most urgent one. Its risk is 0: the night
    has not weighed it yet.
    """
    fired: dict[tuple[str, str], list[Fired]] = {}
    for event, feeling in events:
        for name, trigger in _fires(event, feeling, policy):
            fired.setdefault((event.learner, trigger.cause), []).append((name, trigger, event))
    alerts = [_alert(some, policy, tiers.get(learner, "regular"), now, zone) for (learner, _), some in fired.items()]
    return sorted(alerts, key=lambda alert: (alert.due, alert.alert))


def exempt(alert: Alert, policy: Policy) -> bool:
    """Say whether `alert` stays out of every draw: for its tier, one of its triggers never holds anybody out.

    A night's alert counts as the trigger whose name one of its rules has; and one that alerts immediately as every
    trigger for the same cause, so that a complaint that only the night heard is answered too.
    """
    return any(
        alert.tier in trigger.never_held_out
        and (name in alert.rules or (alert.trigger == "immediate" and alert.cause == trigger.cause))
        for name, trigger in policy.triggers.items()
    )


def exempt_event(event: Event, tier: str, policy: Policy) -> bool:
    """Say whether what `event` lets a learner of `tier` enter stays out of every draw."""
    return any(tier in trigger.never_held_out for _, trigger in _fires(event, None, policy))


def _fires(event: Event, feeling: int | None, policy: Policy) -> Iterator[tuple[str, TriggerPolicy]]:
    """Yield the triggers that `event` fires, in the policy's order."""
    if event.backfill:
        return
    for name, trigger in policy.triggers.items():
        if (
            event.verb in trigger.heard
            and (trigger.below is None or (event.value is not None and event.value < trigger.below))
            and (trigger.above is None or (event.value is not None and event.value > trigger.above))
            and (trigger.feeling == "any" or (feeling is not None and feeling < 0))
        ):
            yield name, trigger


def _alert(fired: Sequence[Fired], policy: Policy, tier: str, now: datetime, zone: tzinfo) -> Alert:
    """Return the one alert of what `fired` for a learner and cause."""

    def urgency(one: Fired) -> tuple[bool, int, datetime, str]:
        _, trigger, event = one
        return (tier not in trigger.never_held_out, _due_hours(trigger, tier, policy), event.time, event.event_id)

    _, trigger, event = min(fired, key=urgency)
    due_hours = min(_due_hours(one, tier, policy) for _, one, _ in fired)
    day = event.time.astimezone(zone).date()
    names = tuple(name for name in policy.triggers if any(name == one for one, _, _ in fired))
    return Alert(
        alert=natural_id(event.event_id, trigger.cause), learner=event.learner, course=event.course,
        cause=trigger.cause, tier=tier, trigger="event", state="open", risk=0.0, priority=WAITING_FOR_AN_ANSWER,
        suggestion=suggestion_of(trigger.cause, policy)[0], rules=names,
        reasons=(), opened=now, as_of=day, due=now + timedelta(hours=due_hours), seen_on=day,
        policy_version=policy.version, horizon_days=policy.churn.horizon_days, event_id=event.event_id,
    )  # fmt: skip


def _due_hours(trigger: TriggerPolicy, tier: str, policy: Policy) -> int:
    if trigger.due_hours is not None:
        return trigger.due_hours
    return min(policy.tiers.of(tier).due_hours, policy.alerts.immediate_due_hours)
