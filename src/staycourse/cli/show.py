"""Putting things on the terminal: JSON for machines, tables and words for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from staycourse.kernel import Wording


def show_json(value: Any) -> None:
    """Print one JSON document: dates as ISO 8601, records as objects."""
    click.echo(json_text(value))


def show_once(as_json: bool, told: dict[str, str], said: str) -> None:
    """Show a secret, the last of what is `told`, this once: alone on standard output, so that it can be piped to where
    it is kept; what is `said` of it goes beside it."""
    if as_json:
        show_json(told)
        return
    click.echo([*told.values()][-1])
    click.echo(said, err=True)


def json_text(value: Any) -> str:
    """Return one JSON document."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_text), indent=2).decode()


def _text(value: Any) -> str:
    """Write a wording as the English text it is."""
    if isinstance(value, Wording):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} is no JSON")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; nothing a learner typed is read as markup."""
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    Console(markup=False, highlight=False).print(table)


def plain(value: object) -> str:
    """Return a cell's text with control characters made harmless, so that data cannot drive the terminal."""
    if value is None:
        return "-"
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show on stderr how far a long work is; gives the function to tell it (done, of all).

    Nothing is shown if `quiet`, or where nobody looks (no terminal).
    """
    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console, disable=quiet or not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
