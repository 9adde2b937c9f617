"""`staycourse import`: events, attributes and courses from files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from staycourse.app.homes import open_home
from staycourse.app.intake import ImportReport, import_path
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, progress_bar, show_json
from staycourse.cli.telling import tell_fault
from staycourse.kernel import Translator


def import_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "import")
    @click.argument("format")
    @click.argument("path", type=click.Path(path_type=Path))
    @click.option("--mapping", type=click.Path(path_type=Path), help=say.text("cli.import.mapping"))
    def run(shared: Shared, format: str, path: Path, mapping: Path | None) -> None:
        with (
            open_home(shared.settings(), writing=True) as home,
            progress_bar(say.text("cli.import.reading", format=format), quiet=shared.json) as advance,
        ):
            report = import_path(home, format, path, mapping, advance)
        if shared.json:
            show_json(report)
        elif not report.fruitless:
            for line in report_lines(say, report):
                click.echo(line)
        if report.fruitless:
            tell_fault(say, fruitless_line(say, plain(str(path)), report))
            sys.exit(1)

    return run


def fruitless_line(say: Translator, file: str, report: ImportReport) -> str:
    """Tell an import of which no row was good for anything."""
    return say.text("cli.import.fruitless", file=file, n=report.rejected, side=report.rejected_file)


def report_lines(say: Translator, report: ImportReport) -> list[str]:
    """Tell an import in words."""
    done = say.text("cli.import.done", events=report.events, courses=report.courses, learners=report.learners)
    lines = [say.text("cli.import.already") if report.already else done]
    if report.resumed:
        lines.append(say.text("cli.import.resumed"))
    if report.unused:
        told = [f"{plain(say.told(kind))} {count}" for kind, count in report.unused_kinds.items()]
        kinds = say.text("cli.tick.separator").join(told)
        lines.append(say.text("cli.import.unused", n=report.unused, kinds=kinds))
    if report.unread_columns:
        columns = say.text("cli.tick.separator").join(map(plain, report.unread_columns))
        lines.append(say.text("cli.import.unread", n=len(report.unread_columns), columns=columns))
    if report.rejected_file:
        lines.append(say.text("cli.import.rejected", n=report.rejected, file=report.rejected_file))
    return lines
