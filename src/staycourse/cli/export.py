"""`staycourse export`: what was found, done and kept, as files for other tools."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from staycourse.app.homes import open_home
from staycourse.app.outgoing import EXPORTS, export
from staycourse.cli.nightly import Day
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, show_json
from staycourse.kernel import Translator


def export_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "export")
    @click.argument("kind", type=click.Choice(tuple(EXPORTS)))
    @click.option("--out", required=True, type=click.Path(path_type=Path), help=say.text("cli.export.out"))
    @click.option("--first", type=Day(), help=say.text("cli.export.first"))
    @click.option("--last", type=Day(), help=say.text("cli.export.last"))
    def run(shared: Shared, kind: str, out: Path, first: date | None, last: date | None) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            done = export(home, home.tenant, kind, out, first, last)
        if shared.json:
            show_json({"kind": done.kind, "place": str(done.place), "rows": done.rows})
        else:
            click.echo(say.text("cli.export.done", n=done.rows, place=plain(done.place)))

    return run
