"""What an alert asks of learners and people, as the policy has it before anything has been sent: an upper estimate."""

from __future__ import annotations

from dataclasses import dataclass

from staycourse.policy import OfferStep, PlaybookPolicy, Policy, SendStep, SurveyStep, TaskStep


@dataclass(frozen=True, slots=True)
class AlertCost:
    """Messages to the learner and minutes of a person, at most; `playbook` is "" where none answers the cause."""

    messages: int
    minutes: float
    playbook: str


def alert_cost(policy: Policy, cause: str, tier: str) -> AlertCost:
    """Return what an alert of `cause` on a learner of `tier` costs if every step of its playbook is gone through.

    The playbook is the first by priority that answers the cause for the tier; without one the figures are the policy's
    `messages_per_alert`, and `core_minutes` or `regular_minutes`.
    """
    answers = [(name, book) for name, book in policy.playbooks.items() if _answers(book, cause, tier)]
    if not answers:
        alerts = policy.alerts
        return AlertCost(
            alerts.messages_per_alert, alerts.core_minutes if tier == "core" else alerts.regular_minutes, ""
        )
    name, book = max(answers, key=lambda answer: answer[1].priority)  # the first of equals
    messages = sum(isinstance(step, SendStep | OfferStep | SurveyStep) for step in book.steps)
    handed = sum(step.minutes for step in book.steps if isinstance(step, TaskStep))
    return AlertCost(messages, float(handed), name)


def weekly_cap(policy: Policy) -> int | None:
    """Return the most messages that one learner gets in a week; None if there is no bound."""
    caps = policy.care.caps
    bounds = [caps.per_week] if caps.per_week != "unlimited" else []
    if caps.per_day != "unlimited":
        bounds.append(caps.per_day * 7)
    return min(int(bound) for bound in bounds) if bounds else None


def _answers(book: PlaybookPolicy, cause: str, tier: str) -> bool:
    return book.enabled and cause in book.enter.causes and tier in book.enter.tiers
