"""`staycourse simulate`: learners who answer, through the real product, in a home of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from staycourse.cli.options import Shared, verb
from staycourse.cli.show import progress_bar, show_json, show_table
from staycourse.kernel import Translator
from staycourse.simulate import TENANT, Plan, Report, simulate


def simulate_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "simulate")
    @click.option("--days", type=int, default=365, show_default=True, help=say.text("cli.simulate.days"))
    @click.option("--seed", type=int, default=1, show_default=True, help=say.text("cli.simulate.seed"))
    @click.option("--learners", type=int, default=500, show_default=True, help=say.text("cli.simulate.learners"))
    @click.option("--ds365", type=click.Path(path_type=Path), help=say.text("cli.simulate.ds365"))
    def run(shared: Shared, days: int, seed: int, learners: int, ds365: Path | None) -> None:
        settings = replace(shared.settings(), tenant=shared.tenant or TENANT)
        click.echo(say.text("cli.simulate.made_up"), err=True)
        plan = Plan(days=days, seed=seed, learners=learners, ds365=ds365)
        with progress_bar(say.text("cli.simulate.going"), quiet=shared.json) as advance:
            report = simulate(settings, plan, on_night=lambda done, _: advance(done, days))
        if shared.json:
            show_json(report)
        else:
            tell(say, report, home=settings.home, tenant=settings.tenant)

    return run


def tell(say: Translator, report: Report, *, home: Path, tenant: str) -> None:
    """Tell what a simulation came to, and say in the first and last line that it is one."""
    click.echo(
        say.text("cli.simulate.done", learners=report.learners, days=report.days, history=report.history,
                 seed=report.seed)
    )  # fmt: skip
    click.echo(
        say.text("cli.simulate.counts", sent=report.sent, failed=report.failed, judged=report.judged,
                 saved=report.saved)
    )  # fmt: skip
    show_table(
        [say.text(f"cli.simulate.{name}") for name in ("playbook", "treated", "held", "true", "found", "always_valid")],
        [
            [row.playbook or say.text("cli.simulate.all_care"), row.treated, row.held, row.true, row.found,
             _interval(row.always_valid)]
            for row in report.playbooks
        ],
    )  # fmt: skip
    click.echo(say.text("cli.simulate.kept") if not report.broken else say.text("cli.simulate.broken"))
    if report.broken:
        show_table(
            [say.text(f"cli.simulate.{name}") for name in ("promise", "learner", "what")],
            [[one.promise, one.learner, one.what] for one in report.broken],
        )
    click.echo(say.text("cli.simulate.look", file=report.truth, home=home, tenant=tenant))


def _interval(bounds: tuple[float, float] | None) -> str | None:
    return f"{bounds[0]:+.3f} … {bounds[1]:+.3f}" if bounds else None
