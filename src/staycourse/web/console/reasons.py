"""Risks and their reasons in words, as both Today and Learner show them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from staycourse.desk import AlertLine, Basis, EnrolmentRisk, LiveNow, Reason, reason_text
from staycourse.kernel import Words

RISK_LEVELS = ((0.6, "very_high"), (0.35, "high"), (0.15, "some"), (0.0, "low"))
"""From which probability on a risk is called what. Words beside the number, never instead of it."""


@dataclass(frozen=True, slots=True)
class RiskView:
    """A risk to show: in words, in per cent, and as a share for its bar."""

    share: float
    percent: str
    level: str
    word: str


@dataclass(frozen=True, slots=True)
class Push:
    """One bar of a contributions list: what pushes, its exact log-odds and its length from -100 to 100."""

    name: str
    detail: str
    amount: str
    odds: str
    length: float


def risk_view(risk: float, words: Words) -> RiskView:
    """Return how a probability is shown."""
    share = min(max(risk, 0.0), 1.0) if math.isfinite(risk) else 0.0
    level = next(name for least, name in RISK_LEVELS if share >= least)
    return RiskView(share, words.percent(share), level, words.t(f"console.risk.{level}"))


def raising_first(reasons: Sequence[Reason]) -> Sequence[Reason]:
    """Return the reasons that raise the risk; all where none does."""
    return [reason for reason in reasons if reason.contribution > 0] or reasons


def reason_pushes(reasons: Sequence[Reason], words: Words) -> tuple[Push, ...]:
    """Return the reasons as bars, the longest of them full."""
    most = max((abs(reason.contribution) for reason in reasons), default=0.0)
    return tuple(
        _push(reason_text(reason, words), words.named("category", reason.category), reason.contribution, most, words)
        for reason in reasons
    )


def category_pushes(categories: Sequence[tuple[str, float]], words: Words) -> tuple[Push, ...]:
    """Return the categories' sums as bars, strongest first."""
    most = max((abs(amount) for _, amount in categories), default=0.0)
    ordered = sorted(categories, key=lambda pair: -abs(pair[1]))
    return tuple(_push(words.named("category", name), "", amount, most, words) for name, amount in ordered)


def suggestion_text(suggestion: str, alert: AlertLine | None, words: Words) -> str:
    """Return what is suggested to do first; nothing if there is no suggestion, or the learner is to be left alone."""
    if not suggestion or (alert is not None and alert.left_alone):
        return ""
    return words.named("suggestion", suggestion, "name")


def next_step(risk: EnrolmentRisk, alert: AlertLine | None, words: Words) -> tuple[str, str]:
    """Return what is suggested and by when, with the `alert` that stands about the risk; due is nothing for who is to
    be left alone.
    """
    left_alone = alert is not None and alert.left_alone
    return suggestion_text(risk.suggestion, alert, words), "" if left_alone else due_text(risk.due_hours, words)


def due_text(hours: int | None, words: Words) -> str:
    """Return by when somebody should have answered: hours up to two days, then days."""
    if hours is None:
        return ""
    if hours <= 48:
        return words.t("console.due.hours", n=hours)
    return words.t("console.due.days", n=round(hours / 24))


def absent_text(days: int, words: Words) -> str:
    """Return for how many days nothing was learned."""
    return words.t("console.absent", n=days) if days > 0 else words.t("console.absent.none")


def value_text(risk: EnrolmentRisk, words: Words) -> str:
    """Return what the learner is worth caring for: the amount paid where it is known, else the rank among all."""
    paid = words.money(risk.paid_minor, risk.currency)
    if paid:
        return words.t("console.value.paid", amount=paid)
    if risk.value >= 0.5:
        return words.t("console.value.top", share=words.percent(max(1 - risk.value, 0.01)))
    return words.t("console.value.rank", share=words.percent(max(risk.value, 0.0)))


def is_trained(kind: str) -> bool:
    """Say whether a basis is a trained model, or the cold start's rules and default scorecard."""
    return kind == "model"


@dataclass(frozen=True, slots=True)
class BasisView:
    """What the risks rest on, in words. `trained` is False on a cold start."""

    trained: bool
    title: str
    line: str
    facts: tuple[tuple[str, str], ...]


def basis_view(basis: Basis, words: Words) -> BasisView:
    """Return the basis as a sentence and a list of facts."""
    t = words.t
    trained = is_trained(basis.kind)
    facts = [(t("console.basis.horizon"), t("console.days", n=basis.horizon_days))]
    if trained:
        facts += [
            (t("console.basis.trained_on"), words.day(basis.trained_on) if basis.trained_on else "–"),
            (t("console.basis.rows"), words.number(basis.rows)),
            (t("console.basis.as_of_days"), words.number(basis.as_of_days)),
            (t("console.basis.auc"), words.number(basis.auc, 3) if basis.auc is not None else "–"),
            (t("console.basis.ece"), words.percent(basis.ece, 1)),
        ]
    facts += [(t("console.basis.policy"), str(basis.policy_version))]
    if basis.model:
        facts.append((t("console.basis.model"), basis.model))
    learned = basis.kind == "scorecard_learned"
    if not trained:
        line = t("console.basis.learned" if learned else "console.basis.cold", n=basis.horizon_days)
    elif basis.trained_on and basis.auc is not None:
        line = t("console.basis.line", day=words.day(basis.trained_on), auc=words.number(basis.auc, 2))
    else:
        line = t("console.basis.line.plain")
    title = "" if trained else t("console.basis.learned.title" if learned else "console.basis.cold.title")
    return BasisView(trained, title, line, tuple(facts))


def _push(name: str, detail: str, amount: float, most: float, words: Words) -> Push:
    length = 100 * amount / most if most else 0.0
    odds = words.number(math.exp(min(max(amount, -20.0), 20.0)), 2)
    return Push(name, detail, words.signed(amount), words.t("console.odds", times=odds), round(length, 1))


def day_there(now: datetime, live: Iterable[LiveNow | None]) -> date:
    """Return which day it is in the zone that live risks are told in: where it is past midnight, the next one."""
    zone = next((one.at.tzinfo for one in live if one is not None), UTC)
    return now.astimezone(zone).date()


def live_text(live: LiveNow | None, words: Words, today: date | None) -> str:
    """Say the risk of just now; nothing where it is of an earlier day."""
    if live is None or live.at.date() != today:
        return ""
    return words.t("console.live.now", risk=words.percent(live.risk), time=words.clock(live.at))
