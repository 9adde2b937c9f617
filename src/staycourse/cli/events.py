"""`staycourse events`: what came in under names that nobody has mapped yet."""

from __future__ import annotations

from dataclasses import asdict

import click

from staycourse.app.homes import open_home
from staycourse.app.intake import replay_unmapped, unmapped_names
from staycourse.cli.options import Shared, operator, verb, verb_group
from staycourse.cli.show import show_json, show_table
from staycourse.cli.unaccepted import tell_unaccepted
from staycourse.kernel import Translator


def events_verb(say: Translator) -> click.Group:
    """Build the group in one language."""
    return verb_group(say, "events", unmapped=_unmapped, replay=_replay)


def _unmapped(say: Translator) -> click.Command:
    @verb(say, "events.unmapped")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            rows = unmapped_names(home, home.tenant)
        if shared.json:
            show_json([asdict(row) for row in rows])
            return
        show_table(
            [say.text(f"cli.events.{name}") for name in ("name", "door", "count", "last", "reason", "sample")],
            [
                [row.name, row.door, row.count, row.last.isoformat(timespec="minutes"),
                 say.told(row.reason) or say.text("cli.events.not_mapped"), row.sample[:300]]
                for row in rows
            ],
        )  # fmt: skip

    return run


def _replay(say: Translator) -> click.Command:
    @verb(say, "events.replay")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            tell_unaccepted(say, home)
            done = replay_unmapped(home, actor=operator())
        if shared.json:
            show_json(done)
            return
        click.echo(say.text("cli.events.replay.done", n=done.events))
        if done.left:
            click.echo(say.text("cli.events.replay.left", n=done.left))

    return run
