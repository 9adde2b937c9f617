"""`staycourse channels` and `staycourse templates`: the ways to reach learners, and the words."""

from __future__ import annotations

from pathlib import Path

import click

from staycourse.app.care import Care, Hearing, channel_rows, home_channels, send_test, take_mail, vapid_keys
from staycourse.app.homes import open_home
from staycourse.care.messages import SAMPLES, Rendered, default_templates, render, variables_needed
from staycourse.cli.options import Shared, shared_of, shared_options, verb
from staycourse.cli.show import plain, show_json, show_table
from staycourse.kernel import LANGUAGES, NotFound, Translator, worded


def channels_verb(say: Translator) -> click.Group:
    """Build the group in one language; without a verb it lists."""

    @click.group(
        "channels",
        invoke_without_command=True,
        help=say.text("cli.channels.help"),
        short_help=say.text("cli.channels.short"),
    )
    @shared_options(say)
    @click.pass_context
    def channels(context: click.Context) -> None:
        if context.invoked_subcommand is None:
            _list(say, shared_of(context))

    for name, build in (("test", _test), ("intake", _intake), ("vapid-keys", _vapid_keys)):
        channels.add_command(build(say), name)
    return channels


def templates_verb(say: Translator) -> click.Group:
    """Build the group in one language; without a verb it lists."""

    @click.group(
        "templates",
        invoke_without_command=True,
        help=say.text("cli.templates.help"),
        short_help=say.text("cli.templates.short"),
    )
    @shared_options(say)
    @click.pass_context
    def templates(context: click.Context) -> None:
        if context.invoked_subcommand is None:
            _list_templates(say, shared_of(context))

    templates.add_command(_show(say), "show")
    return templates


def _list(say: Translator, shared: Shared) -> None:
    with open_home(shared.settings(), writing=False) as home:
        rows = channel_rows(home, home_channels(home))
    if shared.json:
        show_json(rows)
        return
    show_table(
        [say.text(f"cli.channels.{name}") for name in ("name", "kind", "state", "detail", "last_error")],
        [
            [row.name, row.kind, say.text(f"state.channel.{row.state}"), say.told(row.detail), say.told(row.last_error)]
            for row in rows
        ],
    )


def _test(say: Translator) -> click.Command:
    @verb(say, "channels.test")
    @click.argument("name")
    @click.argument("address")
    def run(shared: Shared, name: str, address: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            receipt = send_test(home_channels(home), name, address, home.tenant, say.language)
        if shared.json:
            show_json({"channel": name, "provider_id": receipt.provider_id})
        else:
            click.echo(say.text("cli.channels.test.taken", name=name, id=plain(receipt.provider_id)))

    return run


def _intake(say: Translator) -> click.Command:
    @verb(say, "channels.intake")
    @click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
    @click.option("--take", is_flag=True, help=say.text("cli.channels.intake.take"))
    def run(shared: Shared, folders: tuple[Path, ...], take: bool) -> None:
        if take:
            with open_home(shared.settings(), writing=False) as home:
                hearing = Hearing(Care(home))
                reports = [
                    one for each in folders for one in take_mail(each, lambda report: hearing.mail(home.tenant, report))
                ]
        else:
            reports = [one for each in folders for one in take_mail(each, None)]
        if shared.json:
            show_json(reports)
            return
        show_table(
            [say.text(f"cli.channels.intake.{name}") for name in ("kind", "address", "message", "detail")],
            [[say.text(f"mail.report.{one.kind}"), one.address, one.message_id, one.detail] for one in reports],
        )
        if not take:
            click.echo(say.text("cli.channels.intake.only_looked"), err=True)

    return run


def _vapid_keys(say: Translator) -> click.Command:
    @verb(say, "channels.vapid-keys")
    def run(shared: Shared) -> None:
        private, public = vapid_keys()
        if shared.json:
            show_json({"private": private, "public": public})
            return
        click.echo(f"{say.text('cli.channels.vapid_keys.private')}: {private}")
        click.echo(f"{say.text('cli.channels.vapid_keys.public')}: {public}")

    return run


def _list_templates(say: Translator, shared: Shared) -> None:
    rows = [
        {
            "id": one.id,
            "language": one.language,
            "subject": render(one, SAMPLES[one.language]).subject,
            "needs": sorted(variables_needed(one)),
        }
        for one in default_templates().values()
    ]
    if shared.json:
        show_json(rows)
        return
    shown = [row for row in rows if row["language"] == say.language]
    show_table(
        [say.text(f"cli.templates.{name}") for name in ("id", "subject", "needs")],
        [[row["id"], row["subject"], " ".join(row["needs"])] for row in shown],
    )


def _show(say: Translator) -> click.Command:
    @verb(say, "templates.show")
    @click.argument("id")
    @click.option("--language", type=click.Choice(LANGUAGES), help=say.text("cli.templates.show.language"))
    @click.option("--html", is_flag=True, help=say.text("cli.templates.show.html"))
    def run(shared: Shared, id: str, language: str | None, html: bool) -> None:
        chosen = language or say.language
        template = default_templates().get((id, chosen))
        if template is None:
            raise NotFound(
                worded("there is no template {id!r}", id=id[:60]), where="ID", mend="staycourse templates lists them"
            )
        rendered = render(template, SAMPLES[chosen])
        if shared.json:
            show_json({"id": id, "language": chosen, "needs": sorted(variables_needed(template)), "rendered": rendered})
        elif html:
            click.echo(rendered.html)
        else:
            _show_words(say, rendered)

    return run


def _show_words(say: Translator, rendered: Rendered) -> None:
    click.echo(f"{say.text('cli.templates.show.subject')}: {rendered.subject}\n")
    click.echo(rendered.text)
    click.echo(f"\n{say.text('cli.templates.show.short_form')}: {rendered.short}")
