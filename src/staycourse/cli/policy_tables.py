"""Policies on the terminal: what changed, what would have been, what is proposed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from staycourse.app.policies import PolicyEntry
from staycourse.cli.show import plain, show_table
from staycourse.kernel import Translator, Words, words_of
from staycourse.review import BudgetFit, PolicyBacktest, PolicyChange, ProposalReport
from staycourse.review.telling import (
    assumption_text,
    bound_text,
    change_text,
    declined_text,
    interval_text,
    part_rows,
    proposal_text,
    verdict_text,
    whole_rows,
)

SHOWN = 40
"""Changes that are told one by one; of more the rest is counted."""


def show_changes(say: Translator, changes: Sequence[PolicyChange], title: str) -> None:
    """Print what differs, one line a field."""
    words = words_of(say.language)
    if not changes:
        click.echo(say.text("cli.policy.no_change"))
        return
    if title:
        click.echo(title)
    for change in changes[:SHOWN]:
        click.echo(f"  {plain(change_text(change, words))}")
    if len(changes) > SHOWN:
        click.echo(f"  {say.text('cli.policy.more', rest=len(changes) - SHOWN)}")


def show_warnings(say: Translator, warnings: Sequence[str]) -> None:
    """Print what a policy says that the home cannot do yet, one line each."""
    for warning in warnings:
        click.echo(say.text("cli.policy.warning", warning=plain(say.told(warning))))


def show_history(say: Translator, entries: Sequence[PolicyEntry]) -> None:
    """Print the versions, newest first."""
    words = words_of(say.language)

    def what(entry: PolicyEntry) -> str:
        if entry.fault:
            return say.text("cli.policy.unreadable", fault=say.told(entry.fault))
        told = [change_text(change, words) for change in entry.changes[:5]]
        more = len(entry.changes) - len(told)
        return "\n".join([*told, say.text("cli.policy.more", rest=more)] if more else told) or "–"

    show_table(
        [say.text(f"cli.policy.column.{name}") for name in ("version", "accepted", "author", "note", "from", "what")],
        [
            [
                f"{entry.version} *" if entry.in_force else entry.version,
                f"{entry.accepted:%Y-%m-%d %H:%M}Z",
                entry.author or "–",
                entry.note,
                "–" if entry.parent is None else entry.parent,
                what(entry),
            ]
            for entry in entries
        ],
    )


def show_backtest(say: Translator, report: PolicyBacktest) -> None:
    """Print the two policies side by side, whole, by tier and by rule, and what the figures rest on."""
    words = words_of(say.language)
    click.echo(say.text("cli.policy.span", first=report.first, last=report.last, days=report.days))
    _whole(say, words, report)
    _parts(say, words, report, "tier")
    _parts(say, words, report, "rule")
    for assumption in report.assumptions:
        click.echo(f"- {assumption_text(assumption, words)}")


def show_proposals(say: Translator, report: ProposalReport) -> None:
    """Print what is proposed and why, and what is not and why not."""
    words = words_of(say.language)
    click.echo(
        say.text(
            "cli.policy.chosen",
            first=report.chosen_from,
            last=report.chosen_to,
            shown=report.shown_from,
            end=report.shown_to,
        )
    )
    if not report.proposals:
        click.echo(say.text("cli.policy.no_proposal"))
    for number, proposal in enumerate(report.proposals, 1):
        click.echo(f"\n{number}. {proposal_text(proposal, words)}")
        show_changes(say, proposal.changes, "")
    if report.together is not None and len(report.combined) > 1:
        click.echo("\n" + say.text("cli.policy.together", names=", ".join(report.combined)))
        _whole(say, words, report.together)
    click.echo("\n" + say.text("cli.policy.declined"))
    for declined in report.declined:
        click.echo(f"- {declined_text(declined, words)}")


def show_budget(say: Translator, fit: BudgetFit) -> None:
    """Print whether the budget can be kept, and what it would have come to in each of the later weeks."""
    words = words_of(say.language)
    click.echo(verdict_text(fit, words))
    click.echo(say.text("cli.policy.budget_weeks", bound=bound_text(fit.asked.per_day, words)))
    marks = {None: "–", True: say.text("cli.policy.yes"), False: say.text("cli.policy.no")}
    columns = ("week", "alerts", "per_day", "precision", "kept", "precise")
    show_table(
        [say.text(f"cli.policy.column.{name}") for name in columns],
        [
            [
                f"{week.first} – {week.last}", week.alerts, words.number(week.per_day, 1),
                interval_text(week.precision, words), marks[week.kept], marks[week.precise],
            ]
            for week in fit.shown.candidate.by_week
        ],
    )  # fmt: skip
    _whole(say, words, fit.shown)


def _whole(say: Translator, words: Words, report: PolicyBacktest) -> None:
    show_table(
        ["", *(say.text(f"cli.policy.column.{name}") for name in ("today", "candidate", "difference"))],
        [[say.text(f"cli.policy.row.{name}"), *cells] for name, *cells in whole_rows(report, words)],
    )


def _parts(say: Translator, words: Words, report: PolicyBacktest, of: str) -> None:
    columns = (of, "policy", "alerts", "precision", "recall", "lead")
    show_table(
        [say.text(f"cli.policy.column.{name}") for name in columns],
        [
            [called, say.text(f"cli.policy.column.{side}"), *figures]
            for called, side, figures in part_rows(report, of, words)
        ],
    )
