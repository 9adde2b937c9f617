"""What chooses among several playbooks of one cause, as a view: by priority, or by what has worked."""

from __future__ import annotations

from dataclasses import dataclass

from staycourse.desk.playbooks import ChoiceLine, ChoiceSheet
from staycourse.kernel import Words
from staycourse.web.console.reader import playbook_name


@dataclass(frozen=True, slots=True)
class ArmView:
    """One playbook that may be chosen: what is believed of it, and how often it would be."""

    title: str
    mean: str
    interval: str
    probability: str


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One cause and tier."""

    cause: str
    tier: str
    known: str
    basis: str
    arms: tuple[ArmView, ...]


@dataclass(frozen=True, slots=True)
class ChoicesView:
    """The card on the page Playbooks."""

    state: str
    recency: str
    rows: tuple[ChoiceView, ...]
    by_priority: bool


def choices_view(sheet: ChoiceSheet, words: Words) -> ChoicesView:
    """Return the view of how playbooks are chosen."""
    t = words.t
    return ChoicesView(
        state=t("choice.on" if sheet.enabled else "choice.off", minimum=words.number(sheet.minimum_outcomes)),
        recency=t("choice.recency", days=sheet.recovery_days, share=words.percent(sheet.recency_penalty, 1)),
        rows=tuple(_choice(line, sheet, words) for line in sheet.rows),
        by_priority=all(line.basis == "priority" for line in sheet.rows),
    )


def _choice(line: ChoiceLine, sheet: ChoiceSheet, words: Words) -> ChoiceView:
    known = words.t("choice.known", known=words.number(line.known), minimum=words.number(sheet.minimum_outcomes))
    return ChoiceView(
        cause=words.named("cause", line.cause, "name"),
        tier=words.named("tier", line.tier),
        known=known,
        basis=words.t(f"choice.basis.{line.basis}"),
        arms=tuple(
            ArmView(
                title=playbook_name(arm.playbook, arm.title, words),
                mean=words.percent(arm.mean, 1),
                interval=words.t("choice.interval", low=words.percent(arm.low, 1), high=words.percent(arm.high, 1)),
                probability=words.percent(arm.probability),
            )
            for arm in line.arms
        ),
    )
