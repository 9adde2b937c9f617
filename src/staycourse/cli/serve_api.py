"""`staycourse serve-api`: the HTTP API for platforms' programs."""

from __future__ import annotations

from contextlib import nullcontext

import click

from staycourse.app.homes import open_home
from staycourse.cli.listening import bound, figures_at
from staycourse.cli.options import Shared, verb
from staycourse.kernel import Translator, tell_log

PORT = 8767


def serve_api_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "serve-api")
    @click.option("--host", default="127.0.0.1", show_default=True, help=say.text("cli.serve_api.host"))
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help=say.text("cli.serve_api.port")
    )
    @click.option(
        "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help=say.text("cli.serve_api.workers")
    )
    @click.option(
        "--log-gigabytes",
        type=click.IntRange(1, 100_000),
        default=16,
        show_default=True,
        help=say.text("cli.serve_api.log_gigabytes"),
    )
    @click.option("--metrics", metavar="HOST:PORT", help=say.text("cli.option.metrics"))
    @click.option("--proxy", "proxies", multiple=True, metavar="IP", help=say.text("cli.serve_api.proxy"))
    def run(shared: Shared, host: str, port: int, workers: int, log_gigabytes: int, metrics: str | None,
            proxies: tuple[str, ...]) -> None:  # fmt: skip
        from staycourse.web.api.serving import run_api  # the web framework is loaded by who serves, not by --help

        settings = shared.settings()
        tell_log()
        with (
            open_home(settings, writing=False) as home,  # what is wrong with it is said here, in one line
            figures_at(metrics, home, shared=workers > 1) if metrics else nullcontext() as registry,
            bound(host, port) as listening,
        ):
            name = f"[{host}]" if ":" in host else host
            click.echo(say.text("cli.serve_api.at", address=f"http://{name}:{listening.getsockname()[1]}/"))
            run_api(settings, listening, proxies=proxies, workers=workers, waiting_most=log_gigabytes << 30,
                    registry=registry)  # fmt: skip

    return run
