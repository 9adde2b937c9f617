"""`staycourse demo`: real learners of the Open University, on a day in the middle of their course."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files

import click

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import POLICY_FILE, Home, open_home
from staycourse.app.intake import import_path
from staycourse.app.nights import run_nightly
from staycourse.cli.listening import bound
from staycourse.cli.load import report_lines
from staycourse.cli.nightly import night_line, step_teller
from staycourse.cli.options import Shared, verb
from staycourse.cli.public import PORT as PUBLIC_PORT
from staycourse.cli.public import public_server
from staycourse.cli.serve import PORT, serve
from staycourse.cli.show import progress_bar
from staycourse.cli.ticking import tell
from staycourse.kernel import FixedClock, Settings, StorageFault, Translator

DEMO_NOW = datetime(2015, 1, 12, 8, 0, tzinfo=UTC)
"""A Monday in the middle of the 2014J presentations, after their winter break."""

WEEKS_BEFORE = 3
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
            with open_home(_demo_settings(shared), writing=False) as home, _learners_pages(home, say):
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
    for week in range(WEEKS_BEFORE, -1, -1):
        morning = FixedClock(DEMO_NOW - timedelta(weeks=week))
        with open_home(replace(settings, clock=morning), writing=True) as home:
            if not (home.path / POLICY_FILE).exists():
                policy = files("staycourse") / "samples" / "demo_policy.toml"
                (home.path / POLICY_FILE).write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
            _night_and_tick(home, say, quiet=week > 0)


def _night_and_tick(home: Home, say: Translator, *, quiet: bool) -> None:
    """Run the night before this morning and the morning's tick; done before, neither changes anything."""
    as_of = home.as_of(None)
    if any(run.as_of > as_of for run in home.store.runs(home.tenant, limit=1)):
        return
    if not any(run.as_of == as_of for run in home.store.runs(home.tenant, limit=1)):
        click.echo(say.text("cli.demo.night", as_of=as_of))
        click.echo(night_line(say, run_nightly(home, as_of, step_teller(say, quiet=quiet))))
    done = run_tick(Care(home))
    if done.steps:
        tell(say, done, as_json=False)


@contextmanager
def _learners_pages(home: Home, say: Translator) -> Iterator[None]:
    """Serve the learners' pages beside the console, so that the links in the demo's messages lead somewhere.

    Their port is fixed, since the links name it; where it is taken the console is served alone.
    """
    with ExitStack() as opened:
        try:
            listening = opened.enter_context(bound("127.0.0.1", PUBLIC_PORT))
        except StorageFault as error:
            click.echo(str(error), err=True)
            yield
            return
        click.echo(say.text("cli.serve_public.at", address=f"http://127.0.0.1:{PUBLIC_PORT}/"))
        server = public_server(home)
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        running.start()
        try:
            yield
        finally:
            server.should_exit = True
            running.join(timeout=10)


def _demo_settings(shared: Shared) -> Settings:
    return replace(
        shared.settings(),
        clock=FixedClock(DEMO_NOW),
        tenant="demo",
        zone="Europe/London",
        public_url=f"http://127.0.0.1:{PUBLIC_PORT}",
    )
