"""The policy as a view: its sections in words, its versions, and trials beside today's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from staycourse.desk import PolicySheet, PolicyVersionLine, Trial
from staycourse.kernel import Words
from staycourse.policy import Policy, RulePolicy
from staycourse.review import (
    BudgetFit,
    PolicyBacktest,
    PolicyChange,
    ProposalReport,
    assumption_text,
    bound_text,
    change_text,
    declined_text,
    interval_text,
    part_rows,
    proposal_text,
    rule_text,
    verdict_text,
    whole_rows,
)
from staycourse.web.charts import Table
from staycourse.web.console.playbook_steps import verb_text
from staycourse.web.console.reader import moment_text

SECTIONS = ("churn", "alerts", "tiers", "causes", "care", "model", "scorecard")
MOST_CHANGES = 40
SPARE_LINES = 6
_LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section: the fields that have a name for people, with their values."""

    id: str
    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule in words."""

    name: str
    conditions: str
    cause: str
    tiers: str
    immediate: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version in words."""

    version: int
    when: str
    author: str
    note: str
    in_force: bool
    changes: tuple[str, ...]
    more: str
    fault: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One trial of the list."""

    address: str
    name: str
    state: str
    state_word: str
    when: str


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The page of the policy in force."""

    in_force: str
    scene: str
    sections: tuple[SectionView, ...]
    rules: tuple[RuleView, ...]
    triggers: tuple[tuple[str, str], ...]
    budget: str
    per_day: str
    precision: str
    versions: tuple[VersionView, ...]
    trials: tuple[TrialLine, ...]


@dataclass(frozen=True, slots=True)
class EditView:
    """The page of the editor: the text with its line numbers, what was wrong with it, or what it would change."""

    text: str
    numbers: tuple[tuple[int, bool], ...]
    rows: int
    fault: str = ""
    fault_line: int | None = None
    changes: tuple[str, ...] | None = None
    more: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One proposal in words, and where its text can be looked at and accepted."""

    number: int
    text: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialView:
    """The page of one trial. `tables` are of the back-test that belongs to it."""

    id: str
    kind: str
    state: str
    name: str
    line: str
    fault: str = ""
    says: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    assumptions: tuple[str, ...] = ()
    proposals: tuple[ProposalView, ...] = ()
    declined: tuple[str, ...] = ()
    text: bool = False
    acceptable: bool = False


def policy_view(sheet: PolicySheet, zone: ZoneInfo, words: Words) -> PolicyView:
    """Return the view of the policy in force."""
    policy, t = sheet.policy, words.t
    newest = next((one for one in sheet.versions if one.in_force), None)
    return PolicyView(
        in_force=t(
            "policies.in_force",
            version=sheet.version,
            moment=moment_text(newest.accepted, zone, words),
            author=isolated(newest.author) or t("policies.nobody"),
        )
        if newest
        else t("policies.in_force.default"),
        scene=words.named("scene", policy.scene) if policy.scene else "",
        sections=tuple(section for name in SECTIONS if (section := _section(policy, name, words)).facts),
        rules=tuple(_rule(rule, words) for rule in policy.rules),
        triggers=tuple(
            (verb_text(one.verb, words), words.named("cause", one.cause, "name")) for one in policy.triggers.values()
        ),
        budget=_budget(policy, words),
        per_day=str(policy.alerts.budget_per_day),
        precision=f"{100 * policy.alerts.budget_precision:g}",
        versions=tuple(_version(one, zone, words) for one in sheet.versions),
        trials=tuple(_trial_line(one, zone, words) for one in sheet.trials),
    )


def edit_view(
    text: str, words: Words, *, fault: str = "", changes: Sequence[PolicyChange] | None = None, note: str = ""
) -> EditView:
    """Return the view of the editor; `fault` may name a line of the text."""
    found = _LINE.search(fault)
    line = int(found[1]) if found else None
    lines = text.count("\n") + 1 + SPARE_LINES
    said = None if changes is None else [change_text(change, words) for change in changes]
    rest = len(said or ()) - MOST_CHANGES
    return EditView(
        text=text,
        numbers=tuple((number, number == line) for number in range(1, lines + 1)),
        rows=lines,
        fault=words.told(fault),
        fault_line=line,
        changes=None if said is None else tuple(said[:MOST_CHANGES]),
        more=words.t("playbooks.scene.more", n=rest) if rest > 0 else "",
        note=note,
    )


def trial_view(trial: Trial, zone: ZoneInfo, words: Words) -> TrialView:
    """Return the view of one trial."""
    line = _trial_line(trial, zone, words)
    plain = TrialView(
        trial.id, trial.kind, trial.state, line.name, _trial_when(trial, zone, words), fault=words.told(trial.fault)
    )
    if trial.backtest is not None:
        return replace(plain, says=_span(trial.backtest, words), tables=backtest_tables(trial.backtest, words),
                            assumptions=_assumptions(trial.backtest, words), text=True, acceptable=True)  # fmt: skip
    if trial.budget is not None:
        return replace(plain, **_fit(trial.budget, words))
    if trial.proposals is not None:
        return replace(plain, **_proposed(trial.proposals, words))
    return plain


def isolated(name: str) -> str:
    """Return a name so that nothing in it turns the direction of the words around it (Unicode UAX 9, isolates)."""
    return f"\u2068{name}\u2069" if name else ""


def backtest_tables(report: PolicyBacktest, words: Words) -> tuple[Table, ...]:
    """Return the two policies side by side: whole, by tier, by rule."""
    return _whole(report, words), _parts(report, "tier", words), _parts(report, "rule", words)


def _whole(report: PolicyBacktest, words: Words) -> Table:
    t = words.t
    columns = (
        t("policies.trial.figure"),
        *(t(f"cli.policy.column.{name}") for name in ("today", "candidate", "difference")),
    )
    rows = tuple((t(f"cli.policy.row.{name}"), *cells) for name, *cells in whole_rows(report, words))
    return Table(t("policies.trial.whole"), columns, rows)


def _parts(report: PolicyBacktest, of: str, words: Words) -> Table:
    t = words.t
    rows = tuple(
        (t("policies.trial.side", name=called, side=t(f"cli.policy.column.{side}")), *figures)
        for called, side, figures in part_rows(report, of, words)
    )
    columns = (of, "alerts", "precision", "recall", "lead")
    return Table(t(f"evidence.by.{of}"), tuple(t(f"cli.policy.column.{name}") for name in columns), rows)


def _fit(fit: BudgetFit, words: Words) -> dict[str, Any]:
    t = words.t
    marks = {None: "–", True: t("cli.policy.yes"), False: t("cli.policy.no")}
    weeks = Table(
        t("policies.trial.weeks"),
        tuple(t(f"cli.policy.column.{name}") for name in ("week", "alerts", "per_day", "precision", "kept", "precise")),
        tuple(
            (f"{words.day(week.first)} – {words.day(week.last)}", words.number(week.alerts),
             words.number(week.per_day, 1), interval_text(week.precision, words), marks[week.kept],
             marks[week.precise])
            for week in fit.shown.candidate.by_week
        ),
    )  # fmt: skip
    return {
        "says": (verdict_text(fit, words), *_span(fit.shown, words)),
        "tables": (weeks, *backtest_tables(fit.shown, words)),
        "assumptions": _assumptions(fit.shown, words),
        "text": True,
    }


def _proposed(report: ProposalReport, words: Words) -> dict[str, Any]:
    chosen = words.t("policies.trial.chosen", first=words.day(report.chosen_from), last=words.day(report.chosen_to),
                     shown=words.day(report.shown_from), end=words.day(report.shown_to))  # fmt: skip
    return {
        "says": (chosen, *(() if report.proposals else (words.t("policies.trial.none"),))),
        "proposals": tuple(
            ProposalView(number, proposal_text(one, words), tuple(change_text(change, words) for change in one.changes))
            for number, one in enumerate(report.proposals, 1)
        ),
        "declined": tuple(declined_text(one, words) for one in report.declined),
        "tables": backtest_tables(report.together, words) if report.together else (),
        "assumptions": _assumptions(report.together, words) if report.together else (),
        "text": bool(report.text),
    }


def _span(report: PolicyBacktest, words: Words) -> tuple[str, ...]:
    return (
        words.t("policies.trial.span", first=words.day(report.first), last=words.day(report.last), days=report.days),
    )


def _assumptions(report: PolicyBacktest, words: Words) -> tuple[str, ...]:
    return tuple(assumption_text(one, words) for one in report.assumptions)


def _section(policy: Policy, name: str, words: Words) -> SectionView:
    facts = []
    for path, value in _leaves(name, msgspec.to_builtins(getattr(policy, name))):
        key = f"policy.field.{path}"
        if words.translator.has(key):
            facts.append((words.t(key), _value(path, value, words)))
    return SectionView(name, words.t(f"policies.section.{name}"), tuple(facts))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    else:
        yield path, value


def _value(path: str, value: Any, words: Words) -> str:
    if isinstance(value, list | tuple):
        return words.t("playbooks.comma").join(str(one) for one in value)
    if isinstance(value, bool):
        return words.t("cli.policy.yes" if value else "cli.policy.no")
    if path.endswith(("per_day", "per_week")):
        return bound_text(value, words)
    if path.startswith("causes.") and isinstance(value, str):
        return words.named("cause", value, "name")
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _rule(rule: RulePolicy, words: Words) -> RuleView:
    asked = [
        words.t("policies.condition", signal=words.named("signal", one.signal, "name"), op=one.op,
                at=words.t("policies.condition.tier") if one.at is None else f"{one.at:g}")
        for one in rule.when
    ]  # fmt: skip
    return RuleView(
        name=rule_text(rule.id, words),
        conditions=words.t("policies.and").join(asked),
        cause=words.named("cause", rule.cause, "name") if rule.cause else "",
        tiers=words.t("playbooks.comma").join(words.named("tier", tier) for tier in rule.tiers),
        immediate=rule.immediate,
    )


def _budget(policy: Policy, words: Words) -> str:
    alerts = policy.alerts
    if alerts.budget_per_day == "unlimited" and not alerts.budget_precision:
        return words.t("policies.budget.none")
    return words.t(
        "policies.budget.in_force",
        per_day=bound_text(alerts.budget_per_day, words),
        precision=words.percent(alerts.budget_precision) if alerts.budget_precision else words.t("policies.budget.any"),
    )


def _version(one: PolicyVersionLine, zone: ZoneInfo, words: Words) -> VersionView:
    rest = len(one.changes) - 8
    return VersionView(
        version=one.version,
        when=moment_text(one.accepted, zone, words),
        author=one.author or words.t("policies.nobody"),
        note=one.note,
        in_force=one.in_force,
        changes=tuple(change_text(change, words) for change in one.changes[:8]),
        more=words.t("playbooks.scene.more", n=rest) if rest > 0 else "",
        fault=words.told(one.fault),
    )


def _trial_line(trial: Trial, zone: ZoneInfo, words: Words) -> TrialLine:
    return TrialLine(
        address=f"/policy/trials/{trial.id}",
        name=words.t(f"policies.trial.{trial.kind}"),
        state=trial.state,
        state_word=words.t(f"policies.trial.state.{trial.state}"),
        when=_trial_when(trial, zone, words),
    )


def _trial_when(trial: Trial, zone: ZoneInfo, words: Words) -> str:
    return words.t("policies.trial.begun", moment=moment_text(trial.began, zone, words), who=isolated(trial.by))
