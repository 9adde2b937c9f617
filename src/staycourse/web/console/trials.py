"""Trials of policies as views: how far one is, and what it came to beside today's policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from staycourse.desk import Trial
from staycourse.kernel import Words
from staycourse.review import BudgetFit, PolicyBacktest, ProposalReport
from staycourse.review.telling import (
    assumption_text,
    change_text,
    declined_text,
    interval_text,
    part_rows,
    proposal_text,
    verdict_text,
    whole_rows,
)
from staycourse.web.charts import Table
from staycourse.web.console.reader import isolated, moment_text


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One trial of the list."""

    address: str
    name: str
    state: str
    state_word: str
    when: str


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
    progress: str = ""
    so_far: int = 0
    of_all: int = 0
    says: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    assumptions: tuple[str, ...] = ()
    proposals: tuple[ProposalView, ...] = ()
    declined: tuple[str, ...] = ()
    text: bool = False
    acceptable: bool = False


def trial_view(trial: Trial, zone: ZoneInfo, words: Words) -> TrialView:
    """Return the view of one trial."""
    line = trial_line(trial, zone, words)
    plain = TrialView(
        trial.id, trial.kind, trial.state, line.name, _trial_when(trial, zone, words), fault=words.told(trial.fault),
        progress=_progress(trial, words), so_far=trial.so_far, of_all=trial.of_all,
    )  # fmt: skip
    if trial.backtest is not None:
        return replace(plain, says=_span(trial.backtest, words), tables=backtest_tables(trial.backtest, words),
                            assumptions=_assumptions(trial.backtest, words), text=True, acceptable=True)  # fmt: skip
    if trial.budget is not None:
        return replace(plain, **_fit(trial.budget, words))
    if trial.proposals is not None:
        return replace(plain, **_proposed(trial.proposals, words))
    return plain


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


def trial_line(trial: Trial, zone: ZoneInfo, words: Words) -> TrialLine:
    """Return the line of one trial."""
    return TrialLine(
        address=f"/policy/trials/{trial.id}",
        name=words.t(f"policies.trial.{trial.kind}"),
        state=trial.state,
        state_word=words.t(f"policies.trial.state.{trial.state}"),
        when=_trial_when(trial, zone, words),
    )


def _trial_when(trial: Trial, zone: ZoneInfo, words: Words) -> str:
    return words.t("policies.trial.begun", moment=moment_text(trial.asked, zone, words), who=isolated(trial.by))


def _progress(trial: Trial, words: Words) -> str:
    """Say how far a trial is; "" where there is nothing to say yet."""
    if trial.state == "asked":
        return words.t("policies.trial.waiting")
    key = f"policies.trial.stage.{trial.stage}"
    return words.t(key, n=trial.so_far, of_all=trial.of_all) if trial.stage and words.translator.has(key) else ""
