"""`staycourse compact`: move what the log holds into the lake; once, or every few seconds beside a server."""

from __future__ import annotations

import logging
from contextlib import nullcontext

import click

from staycourse.app.homes import Home, open_home
from staycourse.app.homes.memory import keep_pages
from staycourse.app.homes.observing import traces
from staycourse.app.nights import compact_home
from staycourse.cli.listening import figures_at
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import show_json
from staycourse.cli.stopping import stopping
from staycourse.cli.telling import tell_fault, tell_line
from staycourse.kernel import HomeInUse, StaycourseError, Translator, tell_log

MOST_SECONDS = 3600


def compact_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "compact")
    @click.option(
        "--every", type=click.FloatRange(0.1, MOST_SECONDS), metavar="SECONDS", help=say.text("cli.compact.every")
    )
    @click.option("--metrics", metavar="HOST:PORT", help=say.text("cli.option.metrics"))
    def run(shared: Shared, every: float | None, metrics: str | None) -> None:
        tell_log()
        with (
            open_home(shared.settings(), writing=False) as home,
            figures_at(metrics, home) if metrics else nullcontext(),
            traces("compact") as span,
        ):
            if every is None:
                _compact(say, home, as_json=shared.json)
                return
            keep_pages()
            stopped = stopping()
            tell_line(say.text("cli.compact.working", seconds=f"{every:g}"))
            while not stopped.is_set():
                try:
                    with span("compact", {}):
                        _compact(say, home, as_json=shared.json)
                except HomeInUse:
                    pass  # a night or another compactor is at it
                except StaycourseError as error:
                    tell_fault(say, say.told(error.line()))
                stopped.wait(every)

    return run


def _compact(say: Translator, home: Home, *, as_json: bool) -> None:
    """Compact once and tell what was done; say nothing where nothing was."""
    done = compact_home(home)
    if as_json:
        show_json(done)
    elif done.segments:
        click.echo(say.text("cli.compact.done", n=done.segments, events=f"{done.events:,}", kept=f"{done.rows:,}"))
    for words in done.damage:
        tell_line(say.told(words), logging.WARNING)
