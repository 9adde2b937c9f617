"""Putting things on the terminal: JSON for machines, tables and words for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from staycourse.kernel import Wording

LONGEST_NAME: Final = 20
"""Up to so many letters what stands first in a row is a name that people copy: it is not broken over lines."""

WIDEST: Final = 4_000
"""Columns of a table that a program reads: a row is a line."""


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
    """Print a table; nothing a learner typed is read as markup. Where nobody looks (a pipe) a row is one line."""
    cells = [[plain(cell) for cell in row] for row in rows]
    names = max((len(line) for row in cells for line in row[:1]), default=LONGEST_NAME + 1) <= LONGEST_NAME
    table = Table(header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=names and place == 0)
    for row in cells:
        table.add_row(*row)
    console = Console(markup=False, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDEST
    console.print(table)


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
