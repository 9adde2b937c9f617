"""What is told of policies, in the reader's language: changes, assumptions, proposals, budgets."""

from __future__ import annotations

from collections.abc import Mapping

from staycourse.kernel import Words
from staycourse.review.budget import BudgetFit
from staycourse.review.changes import PolicyChange
from staycourse.review.intervals import Interval
from staycourse.review.policy_backtest import Assumption
from staycourse.review.proposals import Declined, PolicyProposal
from staycourse.review.replay import ALONE
from staycourse.review.telling.policy_fields import field_text, value_text

_TRIED = {
    "minimum_risk": "alerts.minimum_risk", "minimum_risk_with_rule": "alerts.minimum_risk_with_rule",
    "horizon": "churn.horizon_days",
}  # fmt: skip


def change_text(change: PolicyChange, words: Words) -> str:
    """Say one change: what the field is called, its old and its new value."""
    field = field_text(change.field, words, change.title)
    old, new = (value_text(change.field, value, words) for value in (change.old, change.new))
    return words.t(f"policy.change.{change.kind}", field=field, old=old, new=new)


def assumption_text(assumption: Assumption, words: Words) -> str:
    """Say what a figure rests on."""
    return words.filled(f"policy.assume.{assumption.name}", assumption.values)


def proposal_text(proposal: PolicyProposal, words: Words) -> str:
    """Say what is proposed and why."""
    reason = words.filled(f"policy.proposal.{proposal.reason}", _named(proposal.values, words))
    if proposal.name == "horizon":
        return reason
    shown = words.filled("policy.proposal.shown", _named(proposal.values, words))
    return f"{reason} {shown}"


def declined_text(declined: Declined, words: Words) -> str:
    """Say what was looked at, and why it is not proposed."""
    named = {**declined.values, "name": tried_text(declined.name, words)}
    return words.filled(f"policy.declined.{declined.reason}", _named(named, words))


def tried_text(name: str, words: Words) -> str:
    """Return what was tried, by the name that review gives it (options.py, proposals.py)."""
    kind, _, rest = name.partition(".")
    of, _, what = rest.partition(".")
    if kind == "rule" and what:
        rule = words.named("rule", of, "name")
        if what.startswith("not_"):
            return words.t("policy.tried.rule_off", rule=rule, tier=words.named("tier", what.removeprefix("not_")))
        return words.t("policy.tried.rule_threshold", rule=rule, signal=words.named("signal", what, "name"))
    field = f"tiers.{rest}.absent_days" if kind == "absent_days" else _TRIED.get(kind, "")
    return words.t(f"policy.field.{field}") if field else words.named("policy.tried", kind)


def verdict_text(fit: BudgetFit, words: Words) -> str:
    """Say plainly whether the budget can be kept, and with which thresholds."""
    best = fit.best
    precision = best.figures.precision
    later = fit.shown.candidate.total.precision
    return words.t(
        f"policy.budget.{fit.verdict}",
        asked=words.percent(fit.asked.precision, 1),
        per_day=bound_text(fit.asked.per_day, words),
        reached=words.percent(precision.value if precision else None, 1),
        later=words.percent(later.value if later else None, 1),
        alerts=words.number(best.per_day, 1),
        minimum=f"{best.minimum_risk:g}",
        ruled=f"{best.minimum_risk_with_rule:g}",
    )


def bound_text(bound: int | str, words: Words) -> str:
    """Return a bound as people write it; "unlimited" in words."""
    return words.t("policy.unlimited") if isinstance(bound, str) else words.number(bound)


def interval_text(interval: Interval | None, words: Words, *, signed: bool = False) -> str:
    """Return a share with its interval, in per cent; a difference in percentage points if `signed`."""
    if interval is None:
        return "–"
    if signed:
        value, low, high = (words.signed(100 * end, 1) for end in (interval.value, interval.low, interval.high))
        return words.t("policy.points", value=value, low=low, high=high)
    value, low, high = (words.percent(end, 1) for end in (interval.value, interval.low, interval.high))
    return words.t("policy.share", value=value, low=low, high=high)


def rule_text(rule: str, words: Words) -> str:
    """Return what a rule is called; the risk alone has a name too."""
    return words.t("policy.rule.risk_alone") if rule == ALONE else words.named("rule", rule, "name")


def _named(values: Mapping[str, float | int | str], words: Words) -> dict[str, float | int | str]:
    """Return `values` with names for people: of rules, tiers and signals; thresholds with all their decimals."""
    said: dict[str, float | int | str] = dict(values)
    for name in ("old", "new", "later"):
        value = said.get(name)
        if isinstance(value, float) and not value.is_integer():
            said[name] = f"{value:g}"
    if "rule" in said:
        said["rule"] = words.named("rule", str(said["rule"]), "name")
    if "tier" in said:
        said["tier"] = words.named("tier", str(said["tier"]))
    if "signal" in said:
        said["signal"] = words.named("signal", str(said["signal"]), "name")
    return said
