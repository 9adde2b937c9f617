"""`staycourse policy`: check, show, history, accept, rollback, backtest, propose, budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from staycourse.app.homes import open_home
from staycourse.app.policies import (
    accept_policy,
    backtest_policy,
    check_policy,
    fit_policy_budget,
    policy_text,
    policy_versions,
    propose_policy,
    rollback_policy,
    write_policy_file,
)
from staycourse.cli.nightly import Day
from staycourse.cli.options import Shared, operator, shared_options, verb
from staycourse.cli.policy_tables import (
    show_backtest,
    show_budget,
    show_changes,
    show_history,
    show_proposals,
    show_warnings,
)
from staycourse.cli.show import show_json
from staycourse.kernel import BadInput, Translator, worded
from staycourse.review import BudgetAsked

FILE = click.Path(path_type=Path)
NOTE = 500


class PerDay(click.ParamType[int | str]):
    """A number of alerts a day, or `unlimited`."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read it; an empty text is refused, since it could mean either none or any."""
        text = str(value)
        if text == "unlimited" or (text.isdecimal() and int(text) <= 1_000_000):
            return text if text == "unlimited" else int(text)
        return self.fail(worded("{text!r} is neither a number from 0 nor unlimited", text=text[:40]), param, ctx)


def policy_verb(say: Translator) -> click.Group:
    """Build the group in one language."""

    @click.group("policy", help=say.text("cli.policy.help"), short_help=say.text("cli.policy.short"))
    @shared_options(say)
    def policy() -> None:
        pass

    for name, build in (
        ("check", _check), ("show", _show), ("history", _history), ("accept", _accept), ("rollback", _rollback),
        ("backtest", _backtest), ("propose", _propose), ("budget", _budget),
    ):  # fmt: skip
        policy.add_command(build(say), name)
    return policy


def _check(say: Translator) -> click.Command:
    @verb(say, "policy.check")
    @click.argument("file", type=FILE)
    def run(shared: Shared, file: Path) -> None:
        with open_home(shared.settings(), writing=False) as home:
            found = check_policy(home, file)
        if shared.json:
            show_json(found)
            return
        click.echo(say.text("cli.policy.valid", file=file))
        show_warnings(say, found.warnings)
        show_changes(say, found.changes, say.text("cli.policy.against", version=found.in_force))

    return run


def _show(say: Translator) -> click.Command:
    @verb(say, "policy.show")
    @click.option("--version", "version", type=click.IntRange(0), help=say.text("cli.policy.version"))
    def run(shared: Shared, version: int | None) -> None:
        with open_home(shared.settings(), writing=False) as home:
            number, text = policy_text(home, version)
        if shared.json:
            show_json({"version": number, "text": text})
        else:
            click.echo(text, nl=not text.endswith("\n"))

    return run


def _history(say: Translator) -> click.Command:
    @verb(say, "policy.history")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            entries = policy_versions(home)
        if shared.json:
            show_json(entries)
        else:
            show_history(say, entries)

    return run


def _accept(say: Translator) -> click.Command:
    @verb(say, "policy.accept")
    @click.argument("file", type=FILE)
    @_noted(say)
    def run(shared: Shared, file: Path, note: str, by: str) -> None:
        with open_home(shared.settings(), writing=True) as home:
            done = accept_policy(home, file, note=_checked(note), author=by)
        _tell(say, shared, done)

    return run


def _rollback(say: Translator) -> click.Command:
    @verb(say, "policy.rollback")
    @click.argument("version", type=click.IntRange(0))
    @_noted(say)
    def run(shared: Shared, version: int, note: str, by: str) -> None:
        with open_home(shared.settings(), writing=True) as home:
            done = rollback_policy(home, version, note=_checked(note), author=by)
        _tell(say, shared, done)

    return run


def _backtest(say: Translator) -> click.Command:
    @verb(say, "policy.backtest")
    @click.argument("file", type=FILE)
    @_days(say, required=True)
    def run(shared: Shared, file: Path, first: date, last: date, every: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            report = backtest_policy(home, file, first=first, last=last, every=int(every))
        if shared.json:
            show_json(report)
        else:
            show_backtest(say, report)

    return run


def _propose(say: Translator) -> click.Command:
    @verb(say, "policy.propose")
    @_days(say, required=False)
    @click.option("--write", type=FILE, help=say.text("cli.policy.write"))
    def run(shared: Shared, first: date | None, last: date | None, every: str, write: Path | None) -> None:
        with open_home(shared.settings(), writing=False) as home:
            report = propose_policy(home, first=first, last=last, every=int(every))
        if shared.json:
            show_json(report)
        else:
            show_proposals(say, report)
        if report.text:
            _write(say, shared, write, report.text)
        elif write is not None:
            click.echo(say.text("cli.policy.nothing_to_write"), err=True)

    return run


def _budget(say: Translator) -> click.Command:
    @verb(say, "policy.budget")
    @click.option("--per-day", type=PerDay(), help=say.text("cli.policy.per_day"))
    @click.option("--precision", type=click.FloatRange(0, 1), help=say.text("cli.policy.precision"))
    @_days(say, required=False)
    @click.option("--write", type=FILE, help=say.text("cli.policy.write"))
    def run(
        shared: Shared,
        per_day: int | str | None,
        precision: float | None,
        first: date | None,
        last: date | None,
        every: str,
        write: Path | None,
    ) -> None:
        given = per_day is not None or precision is not None
        asked = BudgetAsked("unlimited" if per_day is None else per_day, precision or 0.0) if given else None
        with open_home(shared.settings(), writing=False) as home:
            fit = fit_policy_budget(home, asked, first=first, last=last, every=int(every))
        if shared.json:
            show_json(fit)
        else:
            show_budget(say, fit)
        _write(say, shared, write, fit.text)

    return run


def _noted(say: Translator) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --note and --by."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option("--by", default=operator, metavar="NAME", help=say.text("cli.policy.by"))(function)
        return click.option("--note", required=True, metavar="TEXT", help=say.text("cli.policy.note"))(function)

    return decorate


def _days(say: Translator, *, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --from, --to and --every."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        every = click.option("--every", type=click.Choice(["1", "7"]), default="7", show_default=True,
                             help=say.text("cli.policy.every"))  # fmt: skip
        last = click.option("--to", "last", type=Day(), required=required, help=say.text("cli.policy.to"))
        first = click.option("--from", "first", type=Day(), required=required, help=say.text("cli.policy.from"))
        return first(last(every(function)))

    return decorate


def _checked(note: str) -> str:
    if not note.strip() or len(note) > NOTE or not note.isprintable():
        raise BadInput(
            worded("a note is one line of 1 to {most} characters", most=NOTE),
            where="--note",
            mend="say why in a few words",
        )
    return note


def _write(say: Translator, shared: Shared, file: Path | None, text: str) -> None:
    if file is None:
        return
    if file.exists():
        raise BadInput("there is such a file already", where=str(file), mend="give another name with --write")
    write_policy_file(file, text)
    click.echo(say.text("cli.policy.written", file=file), err=shared.json)


def _tell(say: Translator, shared: Shared, done: Any) -> None:
    if shared.json:
        show_json(done)
        return
    click.echo(say.text("cli.policy.accepted" if done.fresh else "cli.policy.same", version=done.version))
    if done.set_aside:
        click.echo(say.text("cli.policy.set_aside", file=done.set_aside))
    show_warnings(say, done.warnings)
    if done.fresh:
        show_changes(say, done.changes, "")
