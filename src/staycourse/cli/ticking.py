"""`staycourse tick`: heed what happened, answer alerts, move journeys, send what is due; once, or every few seconds."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from typing import Any

import click

from staycourse.app.care import Care, go_by_this_clock, live_at_work, run_tick
from staycourse.app.homes import open_home
from staycourse.app.homes.observing import traces
from staycourse.app.outgoing import courier_at_work, tell_webhooks
from staycourse.cli.listening import figures_at
from staycourse.cli.nightly import Day
from staycourse.cli.options import Shared, operator, verb
from staycourse.cli.show import show_json
from staycourse.cli.stopping import stopping
from staycourse.cli.telling import tell_fault, tell_line
from staycourse.cli.unaccepted import tell_unaccepted
from staycourse.kernel import ClockFault, StaycourseError, Translator, tell_log
from staycourse.tick import Tick

MOST_SECONDS = 3600
COUNTS = ("events", "opened", "returned", "left", "woken", "entered", "held_out", "steps", "sent", "failed")


def tick_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "tick")
    @click.option(
        "--every", type=click.FloatRange(0.1, MOST_SECONDS), metavar="SECONDS", help=say.text("cli.tick.every")
    )
    @click.option("--live/--no-live", "scoring", default=True, help=say.text("cli.tick.live"))
    @click.option("--metrics", metavar="HOST:PORT", help=say.text("cli.option.metrics"))
    @click.option("--clock-is-right", "today", type=Day(), metavar="YYYY-MM-DD", help=say.text("cli.tick.clock"))
    def run(shared: Shared, every: float | None, scoring: bool, metrics: str | None, today: date | None) -> None:
        tell_log()
        with (
            open_home(shared.settings(), writing=False) as home,
            figures_at(metrics, home) if metrics else nullcontext(),
            traces("tick") as span,
        ):
            if today is not None:
                go_by_this_clock(home, today, operator())
            care = Care(home)
            told = tell_unaccepted(say, home, "")
            if every is None:
                tell(say, run_tick(care), as_json=shared.json)
                tell_webhooks(home)
                return
            stopped = stopping()
            tell_line(say.text("cli.tick.working", seconds=f"{every:g}", worker=care.worker))
            right = True
            while not stopped.is_set():
                with courier_at_work(home), live_at_work(home) if scoring else nullcontext():
                    while right and not stopped.is_set():
                        with span("tick", {"tenant": home.tenant}):
                            right = _once(say, care, as_json=shared.json)
                            told = tell_unaccepted(say, home, told)
                        stopped.wait(every)
                while not (right or stopped.is_set()):
                    right = _once(say, care, as_json=shared.json)
                    stopped.wait(every)

    return run


def tell(say: Translator, done: Tick, *, as_json: bool) -> None:
    """Tell what a tick did, in one line."""
    if as_json:
        show_json(done)
        return
    counts: dict[str, Any] = {name: getattr(done, name) for name in COUNTS}
    said = [say.text(f"cli.tick.{name}", n=count) for name, count in counts.items() if count]
    click.echo(say.text("cli.tick.separator").join(said) or say.text("cli.tick.nothing"))


def _once(say: Translator, care: Care, *, as_json: bool) -> bool:
    """Run one tick of many: a fault that may pass is told, and the next tick comes all the same.

    False where this machine's clock is known to be ahead: nothing else may go by it either.
    """
    try:
        done = run_tick(care)
    except StaycourseError as error:
        tell_fault(say, say.told(error.line()))
        return not (isinstance(error, ClockFault) and error.ahead)
    if any(getattr(done, name) for name in COUNTS):
        tell(say, done, as_json=as_json)
    return True
