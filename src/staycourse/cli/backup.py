"""`staycourse backup` and `staycourse restore`: a home kept elsewhere while it runs, and brought back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from staycourse.app.homes import open_home
from staycourse.app.nights import BackupReport, backup_home, backup_to_file, restore_home
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, show_json
from staycourse.kernel import BadInput, Translator, as_wording, worded

STREAM = "-"


def backup_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "backup")
    @click.argument("place", metavar="FILE")
    def run(shared: Shared, place: str) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            if place == STREAM:
                backup_home(home, sys.stdout.buffer)
                return
            report = backup_to_file(home, Path(place))
        _tell(say, shared, "backup", report, place)

    return run


def restore_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "restore")
    @click.argument("place", metavar="FILE")
    def run(shared: Shared, place: str) -> None:
        settings = shared.settings()
        if place == STREAM:
            report = restore_home(settings, sys.stdin.buffer)
        else:
            try:
                source = Path(place).open("rb")  # noqa: SIM115 (closed below)
            except OSError as error:
                raise BadInput(
                    worded("cannot be read: {why}", why=as_wording(error.strerror)), where=place, mend="check the file"
                ) from None
            with source:
                report = restore_home(settings, source)
        _tell(say, shared, "restore", report, str(settings.home))

    return run


def _tell(say: Translator, shared: Shared, what: str, report: BackupReport, place: str) -> None:
    if shared.json:
        show_json(report)
        return
    megabytes, where = f"{report.bytes / 1e6:,.1f}", plain(place)
    click.echo(say.text(f"cli.{what}.done", place=where, rows=report.rows, files=report.files, megabytes=megabytes))
