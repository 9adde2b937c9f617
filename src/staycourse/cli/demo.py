"""`staycourse demo`: real learners of the Open University, on a day in the middle of their course."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files

import click

from staycourse.app import POLICY_FILE, import_path, open_home, run_nightly
from staycourse.cli.load import report_lines
from staycourse.cli.nightly import night_line, step_teller
from staycourse.cli.options import Shared, verb
from staycourse.cli.serve import PORT, serve
from staycourse.cli.show import progress_bar
from staycourse.kernel import FixedClock, Settings, Translator, last_whole_day

DEMO_NOW = datetime(2015, 1, 12, 8, 0, tzinfo=UTC)
"""A Monday in the middle of the 2014J presentations, after their winter break."""

WEEKS_BEFORE = 4
"""How many earlier weekly nights are run, so that a risk can be seen over time."""


def demo_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "demo")
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help=say.text("cli.serve.port")
    )
    @click.option("--no-serve", is_flag=True, help=say.text("cli.demo.no_serve"))
    def run(shared: Shared, port: int, no_serve: bool) -> None:
        prepare(shared, say)
        if not no_serve:
            with open_home(_demo_settings(shared), writing=False) as home:
                serve(home, say, "127.0.0.1", port)

    return run


def prepare(shared: Shared, say: Translator) -> None:
    """Import the sample and run the nights up to the demo's day; done before, it is over at once."""
    settings = _demo_settings(shared)
    with open_home(replace(settings, clock=shared.settings().clock), writing=True) as home:
        click.echo(say.text("cli.demo.attribution"))
        with (
            as_file(files("staycourse") / "samples" / "oulad") as sample,
            progress_bar(say.text("cli.import.reading", format="oulad"), quiet=False) as advance,
        ):
            report = import_path(home, "oulad", sample, None, advance)
        for line in report_lines(say, report):
            click.echo(line)
    with open_home(settings, writing=True) as home:
        policy = files("staycourse") / "samples" / "demo_policy.toml"
        (home.path / POLICY_FILE).write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
        newest = last_whole_day(DEMO_NOW, home.zone)
        done = {run.as_of for run in home.store.runs(home.tenant, limit=1000)}
        for week in range(WEEKS_BEFORE, -1, -1):
            as_of = newest - timedelta(weeks=week)
            if as_of in done:
                continue
            click.echo(say.text("cli.demo.night", as_of=as_of))
            night = run_nightly(home, as_of, step_teller(say, quiet=week > 0))
            click.echo(night_line(say, night))


def _demo_settings(shared: Shared) -> Settings:
    return replace(shared.settings(), clock=FixedClock(DEMO_NOW), tenant="demo", zone="Europe/London")
