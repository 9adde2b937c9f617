"""`staycourse serve`: the console."""

from __future__ import annotations

import ipaddress
import socket

import click
import uvicorn

from staycourse.app import Care, Home, care_desk, open_home
from staycourse.cli.options import Shared, verb
from staycourse.kernel import BadInput, StorageFault, Translator
from staycourse.web import console_app

PORT = 8765


def serve_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "serve")
    @click.option("--host", default="127.0.0.1", show_default=True, help=say.text("cli.serve.host"))
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help=say.text("cli.serve.port")
    )
    def run(shared: Shared, host: str, port: int) -> None:
        with open_home(shared.settings(), writing=False) as home:
            serve(home, say, host, port)

    return run


def serve(home: Home, say: Translator, host: str, port: int) -> None:
    """Serve the console of `home` until stopped, and say where. Loopback only: there is no sign-in yet."""
    with bound(_loopback(host), port) as listening:
        name = f"[{host}]" if ":" in host else host
        click.echo(say.text("cli.serve.at", address=f"http://{name}:{listening.getsockname()[1]}/"))
        app = console_app(home.desk(), tenant=home.tenant, clock=home.settings.clock, care=care_desk(Care(home)))
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise BadInput(
        f"{host[:60]} is not a loopback address", where="--host",
        mend="use 127.0.0.1: until there is sign-in the console serves this machine only",
    )  # fmt: skip


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; StorageFault if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StorageFault(
            f"port {port} cannot be used: {error.strerror}", where="--port", mend="give another, or 0 for any free one"
        ) from None
    listening.listen(128)
    return listening
