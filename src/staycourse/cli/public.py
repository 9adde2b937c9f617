"""`staycourse serve-public` and `staycourse learner-link`: the learner's pages, and links into them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from staycourse.app.care import Care, Hearing, Token
from staycourse.app.homes import Home, open_home
from staycourse.cli.listening import bound
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import plain, show_json
from staycourse.cli.telling import tell_line
from staycourse.kernel import BadInput, Translator, tell_log, worded

if TYPE_CHECKING:
    import uvicorn

PORT = 8766
PURPOSES = ("inbox", "push", "preferences")


def serve_public_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "serve-public")
    @click.option("--host", default="127.0.0.1", show_default=True, help=say.text("cli.serve_public.host"))
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help=say.text("cli.serve_public.port")
    )
    @click.option("--origin", "origins", multiple=True, metavar="URL", help=say.text("cli.serve_public.origin"))
    @click.option("--proxy", "proxies", multiple=True, metavar="IP", help=say.text("cli.serve_public.proxy"))
    def run(shared: Shared, host: str, port: int, origins: tuple[str, ...], proxies: tuple[str, ...]) -> None:
        for origin in origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise BadInput(
                    worded("{origin!r} is not an origin", origin=origin[:60]),
                    where="--origin",
                    mend="https://school.example",
                )
        tell_log()
        with open_home(shared.settings(), writing=False) as home, bound(host, port) as listening:
            name = f"[{host}]" if ":" in host else host
            click.echo(say.text("cli.serve_public.at", address=f"http://{name}:{listening.getsockname()[1]}/"))
            if not home.settings.public_url:
                tell_line(say.text("cli.serve_public.no_url"), logging.WARNING)
            public_server(home, origins, proxies).run(sockets=[listening])

    return run


def public_server(home: Home, origins: Sequence[str] = (), proxies: Sequence[str] = ()) -> uvicorn.Server:
    """Return the server of the learners' pages of `home`, ready to run."""
    import uvicorn  # the web framework is loaded by who serves, not by --help

    from staycourse.web.public import public_app

    config = uvicorn.Config(
        public_app(Hearing(Care(home)), origins=tuple(origins)), log_config=None, log_level="warning", access_log=False,
        server_header=False, proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies) or None,
        limit_concurrency=200, timeout_keep_alive=10,
    )  # fmt: skip
    return uvicorn.Server(config)


def learner_link_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "learner-link")
    @click.argument("learner", metavar="ID")
    @click.option("--for", "purpose", type=click.Choice(PURPOSES), default="inbox", show_default=True,
                  help=say.text("cli.learner_link.for"))  # fmt: skip
    @click.option(
        "--days", type=click.IntRange(1, 3650), default=1, show_default=True, help=say.text("cli.learner_link.days")
    )
    def run(shared: Shared, learner: str, purpose: str, days: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            last = home.settings.clock.now().date() + timedelta(days=days)
            links = Care(home).links
            token = links.sign(Token(home.tenant, learner, "", purpose, until=last.isoformat()))
            path = {"inbox": "inbox", "push": "push", "preferences": "l"}[purpose]
            address = f"{links.base}/{path}/{token}" if links.base else ""
        if shared.json:
            show_json({"token": token, "address": address, "until": last})
        else:
            click.echo(plain(address or token))

    return run
