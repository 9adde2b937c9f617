"""`staycourse import`: events, attributes and courses from files."""

from __future__ import annotations

from pathlib import Path

import click

from staycourse.app.homes import open_home
from staycourse.app.intake import ImportReport, import_path
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, progress_bar, show_json
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
        else:
            for line in report_lines(say, report):
                click.echo(line)

    return run


def report_lines(say: Translator, report: ImportReport) -> list[str]:
    """Tell an import in words."""
    if report.already:
        return [say.text("cli.import.already")]
    lines = [say.text("cli.import.done", events=report.events, courses=report.courses, learners=report.learners)]
    if report.resumed:
        lines.append(say.text("cli.import.resumed"))
    if report.unused:
        told = [f"{plain(say.told(kind))} {count}" for kind, count in report.unused_kinds.items()]
        kinds = say.text("cli.tick.separator").join(told)
        lines.append(say.text("cli.import.unused", n=report.unused, kinds=kinds))
    if report.rejected:
        lines.append(say.text("cli.import.rejected", n=report.rejected, file=report.rejected_file))
    return lines
