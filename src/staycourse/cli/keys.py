"""`staycourse keys`: who may come in by the HTTP API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from staycourse.app.homes import open_home
from staycourse.app.intake import EVENTS_PER_SECOND, REQUESTS_PER_SECOND, SCOPES, ApiKey, key_book
from staycourse.cli.options import Shared, operator, overlap_option, verb, verb_group
from staycourse.cli.show import plain, show_json, show_once, show_table
from staycourse.kernel import Translator

DAY = timedelta(days=1)


def keys_verb(say: Translator) -> click.Group:
    """Build the group in one language."""
    return verb_group(say, "keys", add=_add, list=_list, rotate=_rotate, revoke=_revoke)


def _add(say: Translator) -> click.Command:
    @verb(say, "keys.add")
    @click.argument("name")
    @click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES),
                  help=say.text("cli.keys.add.scope"))  # fmt: skip
    @click.option("--days", type=click.IntRange(1, 3650), help=say.text("cli.keys.add.days"))
    @click.option("--events-per-second", type=click.IntRange(1), default=EVENTS_PER_SECOND, show_default=True,
                  help=say.text("cli.keys.add.events"))  # fmt: skip
    @click.option("--requests-per-second", type=click.IntRange(1), default=REQUESTS_PER_SECOND, show_default=True,
                  help=say.text("cli.keys.add.requests"))  # fmt: skip
    def run(
        shared: Shared, name: str, scopes: tuple[str, ...], days: int | None, events_per_second: int,
        requests_per_second: int,
    ) -> None:  # fmt: skip
        with open_home(shared.settings(), writing=False) as home:
            now = home.settings.clock.now()
            issued = key_book(home).issue(
                home.tenant, name, scopes, now, now + days * DAY if days else None, actor=operator(),
                events_per_second=events_per_second, requests_per_second=requests_per_second,
            )  # fmt: skip
        show_once(shared.json, {"key": issued.key_id, "text": issued.text}, say.text("cli.keys.once"))

    return run


def _list(say: Translator) -> click.Command:
    @verb(say, "keys.list")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            now = home.settings.clock.now()
            rows = [_row(key, now) for key in key_book(home).list(home.tenant)]
        if shared.json:
            show_json(rows)
            return
        columns = ("key", "name", "scopes", "state", "created", "expires", "last_used")
        show_table(
            [say.text(f"cli.keys.{name}") for name in columns],
            [
                [row["key"], row["name"], " ".join(row["scopes"]), say.text(f"cli.keys.state.{row['state']}"),
                 *(_minute(row[name]) for name in ("created", "expires", "last_used"))]
                for row in rows
            ],
        )  # fmt: skip

    return run


def _rotate(say: Translator) -> click.Command:
    @verb(say, "keys.rotate")
    @click.argument("key")
    @overlap_option(say, "keys")
    def run(shared: Shared, key: str, overlap_hours: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            overlap = timedelta(hours=overlap_hours)
            issued = key_book(home).rotate(home.tenant, key, home.settings.clock.now(), overlap, actor=operator())
        show_once(shared.json, {"key": issued.key_id, "text": issued.text}, say.text("cli.keys.once"))

    return run


def _revoke(say: Translator) -> click.Command:
    @verb(say, "keys.revoke")
    @click.argument("key")
    def run(shared: Shared, key: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            key_book(home).revoke(home.tenant, key, home.settings.clock.now(), actor=operator())
        if shared.json:
            show_json({"revoked": key})
        else:
            click.echo(say.text("cli.keys.revoke.done", key=plain(key)))

    return run


def _row(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "key": key.key_id, "name": key.name, "scopes": sorted(key.scopes), "state": key.state(now),
        "created": key.created, "expires": key.expires, "revoked": key.revoked, "last_used": key.last_used,
        "events_per_second": key.events_per_second, "requests_per_second": key.requests_per_second,
    }  # fmt: skip


def _minute(instant: object) -> object:
    return instant.isoformat(timespec="minutes") if isinstance(instant, datetime) else instant
