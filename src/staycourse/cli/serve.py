"""`staycourse serve`: the console."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import click

from staycourse.app.homes import Home, open_home
from staycourse.cli.listening import bound
from staycourse.cli.options import Shared, verb
from staycourse.kernel import BadInput, Translator, tell_log, worded

PORT = 8765


def serve_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "serve")
    @click.option("--host", default="127.0.0.1", show_default=True, help=say.text("cli.serve.host"))
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help=say.text("cli.serve.port")
    )
    @click.option("--proxy", "proxies", multiple=True, metavar="IP", help=say.text("cli.serve.proxy"))
    def run(shared: Shared, host: str, port: int, proxies: tuple[str, ...]) -> None:
        tell_log()
        with open_home(shared.settings(), writing=False) as home:
            serve(home, say, host, port, proxies)

    return run


def serve(home: Home, say: Translator, host: str, port: int, proxies: Sequence[str] = ()) -> None:
    """Serve the console of `home` until stopped, and say where.

    Others than this machine reach it only where somebody can sign in as owner and STAYCOURSE_CONSOLE_URL says by which
    name (BadInput otherwise). `proxies` are the addresses whose word on the asker's address is taken.
    """
    # The web framework is loaded by who serves, not by --help.
    import uvicorn

    from staycourse.app.access import home_porter
    from staycourse.app.access.lti import home_launches
    from staycourse.app.care import Care
    from staycourse.app.desks import care_desk
    from staycourse.app.policies import trials_at_work
    from staycourse.web import console_app

    address, url = ("127.0.0.1" if host == "localhost" else host), home.settings.console_url
    remote = bool(url) or not _is_loopback(address)
    porter = home_porter(home, remote=remote)
    if remote and not url:
        raise BadInput(
            worded("{host} is not a loopback address", host=host[:60]),
            where="--host",
            mend="set STAYCOURSE_CONSOLE_URL to the https address that people use, or serve 127.0.0.1",
        )
    if remote and not porter.has_owner():
        raise BadInput(
            "nobody can sign in as owner", where="--host" if not url else "STAYCOURSE_CONSOLE_URL",
            mend="staycourse people add NAME --role owner",
        )  # fmt: skip
    with bound(address, port) as listening:
        name = f"[{host}]" if ":" in host else host
        click.echo(say.text("cli.serve.at", address=f"http://{name}:{listening.getsockname()[1]}/"))
        care = Care(home)
        app = console_app(
            home.desk(), tenant=home.tenant, clock=home.settings.clock, care=care_desk(care), porter=porter,
            launches=home_launches(home, porter), console_url=url, home=home,
        )  # fmt: skip
        config = uvicorn.Config(
            app, log_config=None, log_level="warning", access_log=False, server_header=False,
            proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies) or None,
        )  # fmt: skip
        with trials_at_work(home):
            uvicorn.Server(config).run(sockets=[listening])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise BadInput(
            worded("{host} is not an IP address", host=host[:60]), where="--host", mend="use 127.0.0.1, or another"
        ) from None
