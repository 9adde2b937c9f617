"""`staycourse webhooks`: who is told when something happens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from staycourse.app.homes import Home, open_home
from staycourse.app.outgoing import WEBHOOK_KINDS, Delivery, NewWebhook, Webhook, Webhooks
from staycourse.cli.options import Shared, operator, overlap_option, verb, verb_group
from staycourse.cli.show import plain, show_json, show_once, show_table
from staycourse.kernel import Translator

DELIVERY_STATES = ("pending", "delivered", "dead")


def webhooks_verb(say: Translator) -> click.Group:
    """Build the group in one language."""
    return verb_group(
        say, "webhooks", add=_add, list=_list, deliveries=_deliveries, test=_test, rotate=_rotate, replay=_replay,
        remove=_remove,
    )  # fmt: skip


def _add(say: Translator) -> click.Command:
    @verb(say, "webhooks.add")
    @click.argument("url")
    @click.option(
        "--on", "kinds", multiple=True, type=click.Choice(WEBHOOK_KINDS), help=say.text("cli.webhooks.add.on")
    )
    def run(shared: Shared, url: str, kinds: tuple[str, ...]) -> None:
        with open_home(shared.settings(), writing=False) as home:
            made = Webhooks(home).add(home.tenant, url, kinds or WEBHOOK_KINDS, actor=operator())
        _tell(say, shared, made)

    return run


def _list(say: Translator) -> click.Command:
    @verb(say, "webhooks.list")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            rows = [_row(one) for one in Webhooks(home).every(home.tenant)]
        if shared.json:
            show_json(rows)
            return
        columns = ("webhook", "url", "kinds", "state", "pending", "delivered", "dead", "last_error")
        show_table(
            [say.text(f"cli.webhooks.{name}") for name in columns],
            [
                [row["webhook"][:8], row["url"], _kinds(say, row["kinds"]),
                 say.text(f"cli.webhooks.state.{row['state']}"),
                 row["pending"], row["delivered"], row["dead"], row["last_error"]]
                for row in rows
            ],
        )  # fmt: skip

    return run


def _deliveries(say: Translator) -> click.Command:
    @verb(say, "webhooks.deliveries")
    @click.argument("webhook")
    @click.option("--state", type=click.Choice(DELIVERY_STATES), help=say.text("cli.webhooks.deliveries.state"))
    @click.option(
        "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True,
        help=say.text("cli.webhooks.deliveries.limit"),
    )  # fmt: skip
    def run(shared: Shared, webhook: str, state: str | None, limit: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            states = (state, "claimed") if state == "pending" else (state,) if state else ()
            _, found = Webhooks(home).deliveries(home.tenant, webhook, states, limit=limit)
        if shared.json:
            show_json([asdict(one) for one in found])
            return
        columns = ("number", "kind", "subject", "state", "attempts", "tried", "due", "error")
        show_table([say.text(f"cli.webhooks.{name}") for name in columns], [_told(say, one) for one in found])

    return run


def _told(say: Translator, one: Delivery) -> list[object]:
    """Return a delivery as a row: when it is tried next only where it is."""
    waits = one.state in ("pending", "claimed")
    return [
        one.number, one.kind, one.learner or one.subject, say.text(f"cli.webhooks.delivery.{one.state}"), one.attempts,
        one.tried or one.settled, one.due if waits and one.attempts else None, say.told(one.error),
    ]  # fmt: skip


def _test(say: Translator) -> click.Command:
    @verb(say, "webhooks.test")
    @click.argument("webhook")
    def run(shared: Shared, webhook: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            error = Webhooks(home).test(home.tenant, webhook)
        if shared.json:
            show_json({"taken": not error, "error": error})
        else:
            key = "failed" if error else "taken"
            click.echo(say.text(f"cli.webhooks.test.{key}", error=plain(error)))
        if error:
            sys.exit(1)

    return run


def _rotate(say: Translator) -> click.Command:
    @verb(say, "webhooks.rotate")
    @click.argument("webhook")
    @overlap_option(say, "webhooks")
    def run(shared: Shared, webhook: str, overlap_hours: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            overlap = timedelta(hours=overlap_hours)
            made = Webhooks(home).rotate(home.tenant, webhook, overlap, actor=operator())
        _tell(say, shared, made)

    return run


def _replay(say: Translator) -> click.Command:
    @verb(say, "webhooks.replay")
    @click.argument("webhook")
    @click.option("--hours", type=click.IntRange(1, 24 * 30), help=say.text("cli.webhooks.replay.hours"))
    @click.option("--number", type=click.IntRange(1), help=say.text("cli.webhooks.replay.number"))
    def run(shared: Shared, webhook: str, hours: int | None, number: int | None) -> None:
        with open_home(shared.settings(), writing=False) as home:
            count = Webhooks(home).replay(home.tenant, webhook, _since(home, hours), number, actor=operator())
        if shared.json:
            show_json({"again": count})
        else:
            click.echo(say.text("cli.webhooks.replay.done", n=count))

    return run


def _remove(say: Translator) -> click.Command:
    @verb(say, "webhooks.remove")
    @click.argument("webhook")
    def run(shared: Shared, webhook: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            gone = Webhooks(home).remove(home.tenant, webhook, actor=operator())
        if shared.json:
            show_json({"removed": gone})
        else:
            click.echo(say.text("cli.webhooks.remove.done", webhook=gone))

    return run


def _since(home: Home, hours: int | None) -> datetime | None:
    return home.settings.clock.now() - timedelta(hours=hours) if hours else None


def _tell(say: Translator, shared: Shared, made: NewWebhook) -> None:
    told = {"webhook": made.webhook, "secret": made.secret}
    show_once(shared.json, told, say.text("cli.webhooks.once", webhook=made.webhook))


def _kinds(say: Translator, kinds: Sequence[str]) -> str:
    """Return what a webhook is told of in one cell: eight kinds side by side leave no room for anything else."""
    return say.text("cli.webhooks.every_kind") if set(kinds) == set(WEBHOOK_KINDS) else " ".join(kinds)


def _row(one: Webhook) -> dict[str, Any]:
    """Return a webhook for people and machines: nothing that a secret could be made of."""
    names = ("webhook", "url", "kinds", "created", "stopped", "rests_until", "pending", "delivered", "dead",
             "last_delivered", "last_failed", "last_error")  # fmt: skip
    return {"state": one.state} | {name: getattr(one, name) for name in names}
