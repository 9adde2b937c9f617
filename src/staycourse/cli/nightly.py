"""`staycourse nightly` and `staycourse backtest`: measure, find who drifts, and see how well that would have gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import click

from staycourse.app.homes import open_home
from staycourse.app.homes.memory import keep_pages, look_seldom, share_pages
from staycourse.app.homes.observing import spanned_steps, traces
from staycourse.app.nights import run_backtest, run_nightly
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import show_json, show_table
from staycourse.kernel import ENGINES, BadInput, Translator, lines_are_json, parse_day, tell_log, worded
from staycourse.loop import Night


class Day(click.ParamType[date]):
    """An ISO date."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date; click tells the option's name with the fault."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(str(value))
        except BadInput as error:
            self.fail(str(error), param, ctx)


def nightly_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "nightly")
    @click.option("--as-of", type=Day(), help=say.text("cli.nightly.as_of"))
    @click.option("--engine", type=click.Choice(ENGINES), help=say.text("cli.nightly.engine"))
    @click.option("--master", metavar="URL", help=say.text("cli.nightly.master"))
    def run(shared: Shared, as_of: date | None, engine: str | None, master: str | None) -> None:
        settings = shared.settings()
        settings = replace(settings, engine=engine or settings.engine, spark_master=master or settings.spark_master)
        if master and settings.engine != "spark":
            raise BadInput(
                worded("{engine} runs inside this process and has no master", engine=settings.engine),
                where="--master",
                mend="leave it out, or take --engine spark",
            )
        tell_log()
        look_seldom()
        keep_pages()
        share_pages()
        with open_home(settings, writing=True) as home, traces("nightly") as span:
            steps = spanned_steps(span, step_teller(say, quiet=shared.json or lines_are_json()))
            with span("nightly", {"tenant": home.tenant}):
                night = run_nightly(home, home.as_of(as_of), steps)
        if shared.json:
            show_json(night)
        else:
            click.echo(night_line(say, night))

    return run


def backtest_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "backtest")
    @click.option("--train-until", type=Day(), required=True, help=say.text("cli.backtest.train_until"))
    @click.option("--test-from", type=Day(), required=True, help=say.text("cli.backtest.test_from"))
    @click.option("--test-to", type=Day(), help=say.text("cli.backtest.test_to"))
    @click.option(
        "--every", type=click.IntRange(1, 90), default=7, show_default=True, help=say.text("cli.backtest.every")
    )
    @click.option("--horizon", type=click.IntRange(1, 120), help=say.text("cli.backtest.horizon"))
    @click.option("--label", type=click.Choice(["silence", "withdrawal"]), help=say.text("cli.backtest.label"))
    def run(shared: Shared, **plan: Any) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            report = run_backtest(home, **plan)
        if shared.json:
            show_json(report)
            return
        show_table(
            [
                say.text(f"cli.backtest.{name}")
                for name in ("n", "positives", "auc", "average_precision", "brier", "ece")
            ],
            [[report.n, report.positives, report.auc, report.average_precision, report.brier, report.ece]],
        )
        show_table(
            [say.text(f"cli.backtest.{name}") for name in ("rule", "fired", "precision", "recall", "lead_days")],
            [
                [say.text(f"rule.{name}.name"), rule.fired, rule.precision, rule.recall, rule.median_lead_days]
                for name, rule in report.rules.items()
            ],
        )

    return run


def step_teller(say: Translator, *, quiet: bool) -> Callable[[str, float | None], None]:
    """Tell each step and its seconds on stderr as it goes."""

    def tell(name: str, seconds: float | None) -> None:
        if quiet:
            return
        if seconds is None:
            click.echo(f"  {say.text(f'cli.step.{name}')} … ", nl=False, err=True)
        else:
            click.echo(say.text("cli.step.seconds", seconds=f"{seconds:.2f}"), err=True)

    return tell


def night_line(say: Translator, night: Night) -> str:
    """Tell a night in one line."""
    if not night.enrolments:
        return say.text("cli.nightly.nobody", as_of=night.as_of)
    basis = say.text(f"cli.basis.{night.basis}")
    return say.text(
        "cli.nightly.done", as_of=night.as_of, enrolments=night.enrolments, candidates=night.candidates, basis=basis
    )
