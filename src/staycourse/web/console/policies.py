"""The policy as a view: its sections in words, its versions, and the editor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from staycourse.desk import PolicyReading, PolicySheet, PolicyVersionLine
from staycourse.kernel import Words
from staycourse.policy import Policy, RulePolicy
from staycourse.review.telling import bound_text, change_text, rule_text, word_text
from staycourse.web.console.playbook_steps import listed, verb_text
from staycourse.web.console.reader import isolated, moment_text
from staycourse.web.console.trials import TrialLine, trial_line

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
    names_only: bool


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
    """The page of the editor: the text with its line numbers, what was wrong with it, or what it would change.

    `fault_at` is the field that the fault is about: text, note or "" (neither).
    """

    text: str
    numbers: tuple[tuple[int, bool], ...]
    rows: int
    fault: str = ""
    fault_at: str = ""
    fault_line: int | None = None
    changes: tuple[str, ...] | None = None
    more: str = ""
    note: str = ""
    warnings: tuple[str, ...] = ()


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
            (listed([verb_text(verb, words) for verb in one.heard], words), words.named("cause", one.cause, "name"))
            for one in policy.triggers.values()
        ),
        budget=_budget(policy, words),
        per_day=str(policy.alerts.budget_per_day),
        precision=f"{100 * policy.alerts.budget_precision:g}",
        versions=tuple(_version(one, zone, words) for one in sheet.versions),
        trials=tuple(trial_line(one, zone, words) for one in sheet.trials),
    )


def edit_view(
    text: str, words: Words, *, fault: str = "", at: str = "", found: PolicyReading | None = None, note: str = ""
) -> EditView:
    """Return the view of the editor; `fault` may name a line of the text."""
    placed = _LINE.search(fault)
    line = int(placed[1]) if placed else None
    lines = text.count("\n") + 1 + SPARE_LINES
    said = None if found is None else [change_text(change, words) for change in found.changes]
    rest = len(said or ()) - MOST_CHANGES
    return EditView(
        text=text,
        numbers=tuple((number, number == line) for number in range(1, lines + 1)),
        rows=lines,
        fault=words.told(fault),
        fault_at=at,
        fault_line=line,
        changes=None if said is None else tuple(said[:MOST_CHANGES]),
        more=words.t("playbooks.scene.more", n=rest) if rest > 0 else "",
        note=note,
        warnings=tuple(words.told(one) for one in found.warnings) if found else (),
    )


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
        return words.t("playbooks.comma").join(word_text(str(one), words) for one in value)
    if isinstance(value, bool):
        return words.t("cli.policy.yes" if value else "cli.policy.no")
    if path.endswith(("per_day", "per_week", "per_month")):
        return bound_text(value, words)
    if path.startswith("causes.") and isinstance(value, str):
        return words.named("cause", value, "name")
    return f"{value:g}" if isinstance(value, int | float) else word_text(str(value), words)


def _rule(rule: RulePolicy, words: Words) -> RuleView:
    asked = [
        words.t("policies.condition", signal=word_text(one.signal, words), op=one.op,
                at=words.t("policies.condition.tier") if one.at is None else f"{one.at:g}")
        for one in rule.when
    ]  # fmt: skip
    return RuleView(
        name=rule_text(rule.id, words),
        conditions=words.t("policies.and").join(asked),
        cause=words.named("cause", rule.cause, "name") if rule.cause else "",
        tiers=words.t("playbooks.comma").join(words.named("tier", tier) for tier in rule.tiers),
        immediate=rule.immediate,
        names_only=not rule.alerts,
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
