"""`staycourse export-learner`, `erase-learner`, `audit`, `coupons`: what the law asks of who keeps learners' data."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import click
import msgspec

from staycourse.app.homes import open_home
from staycourse.app.nights import Erasure, audit_lines, erase_learner, export_learner, who_got_coupons
from staycourse.cli.options import Shared, operator, verb
from staycourse.cli.show import plain, show_json, show_table
from staycourse.kernel import BadInput, StorageFault, Translator, as_wording, worded


def export_learner_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "export-learner")
    @click.argument("learner", metavar="ID")
    @click.option(
        "--write", "place", type=click.Path(path_type=Path), metavar="FILE", help=say.text("cli.export_learner.write")
    )
    def run(shared: Shared, learner: str, place: Path | None) -> None:
        with open_home(shared.settings(), writing=False) as home:
            held = export_learner(home, learner, actor=operator())
        if place is None:
            show_json(held)
            return
        _write(place, msgspec.json.format(msgspec.json.encode(held), indent=1))
        if shared.json:
            show_json({"written": str(place)})
        else:
            click.echo(say.text("cli.export_learner.written", file=plain(str(place))))

    return run


def erase_learner_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "erase-learner")
    @click.argument("learner", metavar="ID")
    @click.option("--yes", is_flag=True, help=say.text("cli.erase_learner.yes"))
    def run(shared: Shared, learner: str, yes: bool) -> None:
        if not yes:
            raise BadInput(say.text("cli.erase_learner.unsure"), where="--yes", mend=say.text("cli.erase_learner.sure"))
        with open_home(shared.settings(), writing=True) as home:
            done = erase_learner(home, learner, actor=operator())
        if shared.json:
            show_json(done)
        else:
            _tell(say, done)

    return run


def audit_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "audit")
    @click.option("--learner", default="", metavar="ID", help=say.text("cli.audit.of_learner"))
    @click.option(
        "--top", type=click.IntRange(1, 100_000), default=50, show_default=True, help=say.text("cli.audit.top")
    )
    def run(shared: Shared, learner: str, top: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            lines = audit_lines(home, learner, top)
        if shared.json:
            show_json(lines)
            return
        show_table(
            [say.text(f"cli.audit.{name}") for name in ("at", "actor", "action", "learner", "details")],
            [
                [line["at"].isoformat(timespec="seconds"), line["actor"], line["action"], line["learner"],
                 ", ".join(f"{name}={value}" for name, value in line["details"].items())]
                for line in lines
            ],
        )  # fmt: skip

    return run


def coupons_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "coupons")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            rows = who_got_coupons(home)
        if shared.json:
            show_json(rows)
            return
        show_table(
            [say.text(f"cli.coupons.{name}") for name in ("given", "learner", "campaign", "code", "rule")],
            [
                [row["given"].isoformat(timespec="seconds"), row["learner"], row["campaign"], row["code"],
                 _rule(say, row["rule"])]
                for row in rows
            ],
        )  # fmt: skip

    return run


def _rule(say: Translator, rule: dict[str, Any]) -> str:
    if not rule:
        return say.text("cli.coupons.rule_gone")
    return "; ".join(f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in rule.items())


def _tell(say: Translator, done: Erasure) -> None:
    click.echo(say.text("cli.erase_learner.done", mark=done.mark))
    if done.again:
        click.echo(say.text("cli.erase_learner.again"))
    for name in ("events", "risks", "rejected", "messages", "damaged", "rewritten"):
        if count := getattr(done, name):
            click.echo(say.text(f"cli.erase_learner.{name}", n=count))
    for table, count in done.rows.items():
        click.echo(say.text("cli.erase_learner.rows", table=table, n=count))
    if done.models:
        click.echo(say.text("cli.erase_learner.models", n=done.models))
    click.echo(say.text("cli.erase_learner.proved"))


def _write(place: Path, document: bytes) -> None:
    """Write the document, in a zip where the name asks for one; readable by its owner only."""
    try:
        made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(made, "wb") as file:
            if place.suffix == ".zip":
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                    packed.writestr("learner.json", document)
            else:
                file.write(document)
    except OSError as error:
        raise StorageFault(
            worded("cannot be written: {why}", why=as_wording(error.strerror)),
            where=str(place),
            mend="give another file",
        ) from None
