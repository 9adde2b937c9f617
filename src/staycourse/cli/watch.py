"""`staycourse watch`: import the files that come to rest in a folder, one after another, until stopped."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import click

from staycourse.app.intake import FolderWatch, Outcome, watch_rule
from staycourse.cli.load import report_lines
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, show_json
from staycourse.cli.stopping import stopping
from staycourse.cli.telling import tell_line
from staycourse.kernel import Translator, tell_log

MOST_SECONDS = 86_400
EVERY = 10.0
ONCE_EVERY = 1.0


def watch_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "watch")
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option(
        "--format",
        "formats",
        multiple=True,
        required=True,
        metavar="[PATTERN=]FORMAT",
        help=say.text("cli.watch.format"),
    )  # fmt: skip
    @click.option("--mapping", type=click.Path(path_type=Path), help=say.text("cli.import.mapping"))
    @click.option(
        "--every", type=click.FloatRange(0.1, MOST_SECONDS), metavar="SECONDS", help=say.text("cli.watch.every")
    )
    @click.option("--once", is_flag=True, help=say.text("cli.watch.once"))
    @click.option("--move", is_flag=True, help=say.text("cli.watch.move"))
    def run(
        shared: Shared, folder: Path, formats: tuple[str, ...], mapping: Path | None, every: float | None, once: bool,
        move: bool,
    ) -> None:  # fmt: skip
        tell_log()
        stopped = stopping()
        rules = [watch_rule(text) for text in formats]
        watch = FolderWatch(shared.settings(), folder, rules, mapping, move, stopped.is_set)
        if not once:
            tell_line(say.text("cli.watch.working", folder=plain(str(folder)), seconds=f"{every or EVERY:g}"))
        code = keep_looking(
            watch, lambda outcome: _tell(say, outcome, as_json=shared.json),
            lambda: stopped.wait(every or (ONCE_EVERY if once else EVERY)), once=once,
        )  # fmt: skip
        if code:
            sys.exit(code)

    return run


def keep_looking(watch: FolderWatch, tell: Callable[[Outcome], None], wait: Callable[[], bool], *, once: bool) -> int:
    """Look, wait and look again, until `wait` says to stop; `once` looks twice, so that it knows what is at rest.

    Return the exit code: with `once` 1 where a file failed or had to wait, else 0. What keeps waiting for the same
    reason is told once.
    """
    told: set[tuple[str, str]] = set()
    code = 0
    for looks in range(1, 3) if once else iter(int, 1):
        for outcome in watch.look():
            if once and outcome.state != "done":
                code = 1
            if outcome.state != "waits" or (outcome.file, outcome.why) not in told:
                tell(outcome)
            told = told | {(outcome.file, outcome.why)} if outcome.state == "waits" else set()
        if (once and looks == 2) or wait():
            break
    return code


def _tell(say: Translator, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        show_json(outcome)
        return
    file = plain(outcome.file)
    if outcome.state == "done" and outcome.report is not None:
        click.echo(say.text("cli.watch.done", file=file, lines=" ".join(report_lines(say, outcome.report))))
    else:
        tell_line(say.text(f"cli.watch.{outcome.state}", file=file, why=plain(say.told(outcome.why))), logging.WARNING)
