"""Settings: one prefix (STAYCOURSE_), typed, checked once at the start, with a hint when wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

from staycourse.kernel.clock import Clock, FixedClock, SystemClock
from staycourse.kernel.errors import BadSettings
from staycourse.kernel.ids import tenant_id
from staycourse.kernel.wording import worded
from staycourse.kernel.zones import zone

PREFIX = "STAYCOURSE_"
DEFAULT_TENANT = "main"
ENGINES = ("duckdb", "clickhouse", "spark")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process is told at its start. `zone` is the zone that a new tenant's days are counted in.

    `store` is the address of the store where it is not the home's own file; it may carry a password, so it comes from
    the environment alone and is never shown; so does `log`, the address of a stream in place of the home's own log.
    `public_url` is the address at which learners reach the public pages ("" nowhere); `secret` signs their links, ""
    for the home's own. With `local_webhooks` a webhook may lead to this machine or a private network, without TLS.
    `console_url` is the address at which people reach the console from other machines ("" they do not). `xapi_origins`
    are the sites whose pages may use the xAPI door ("*" all). `engine` is what keeps the rollup and computes signals
    and scores (one of ENGINES), `spark_master` the address of Spark's master where that is Spark.
    """

    home: Path
    tenant: str
    zone: str
    clock: Clock
    threads: int
    memory_gigabytes: int
    store: str = field(default="", repr=False)
    public_url: str = ""
    secret: str = field(default="", repr=False)
    log: str = field(default="", repr=False)
    local_webhooks: bool = False
    console_url: str = ""
    xapi_origins: tuple[str, ...] = ()
    engine: str = "duckdb"
    spark_master: str = "local[*]"


def read_settings(environment: Mapping[str, str], *, home: Path | None = None, tenant: str | None = None) -> Settings:
    """Return the settings of `environment`, with what the command line gave laid over; BadSettings if unusable."""

    def variable(name: str, default: str) -> str:
        return environment.get(PREFIX + name) or default

    place = home or Path(variable("HOME", str(user_data_path("staycourse", appauthor=False))))
    zone_name = variable("ZONE", "UTC")
    zone(zone_name)
    return Settings(
        home=place.expanduser().absolute(),
        tenant=tenant_id(tenant or variable("TENANT", DEFAULT_TENANT)),
        zone=zone_name,
        clock=_clock(variable("NOW", "")),
        threads=_whole("THREADS", variable("THREADS", "2"), 1, 256),
        memory_gigabytes=_whole("MEMORY_GIGABYTES", variable("MEMORY_GIGABYTES", "3"), 1, 4096),
        store=variable("STORE", ""),
        public_url=_web_address("PUBLIC_URL", variable("PUBLIC_URL", "")),
        secret=variable("SECRET", ""),
        log=variable("LOG", ""),
        local_webhooks=_whole("LOCAL_WEBHOOKS", variable("LOCAL_WEBHOOKS", "0"), 0, 1) == 1,
        console_url=_console_address(variable("CONSOLE_URL", "")),
        xapi_origins=tuple(variable("XAPI_ORIGINS", "").replace(",", " ").split()),
        engine=_one_of("ENGINE", variable("ENGINE", ENGINES[0]), ENGINES),
        spark_master=variable("SPARK_MASTER", "local[*]"),
    )


def _clock(text: str) -> Clock:
    if not text:
        return SystemClock()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSettings(
            worded("{text!r} is not an instant", text=text[:40]),
            where=PREFIX + "NOW",
            mend="write it as 2014-02-01T08:00:00+00:00",
        ) from error
    return FixedClock(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def _web_address(name: str, text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise BadSettings(
            worded("{text!r} is not a web address", text=text[:40]),
            where=PREFIX + name,
            mend="write it as https://care.example.org",
        )
    return text


def _console_address(text: str) -> str:
    """Return where the console is reached: over TLS, since passwords and learners' names pass there."""
    name = "CONSOLE_URL"
    parts = urlsplit(_web_address(name, text))
    if text and (not parts.hostname or parts.username or parts.path.strip("/") or parts.query or parts.fragment):
        raise BadSettings(
            worded("{text!r} is not the address of a console", text=text[:60]),
            where=PREFIX + name,
            mend="write scheme, host and port alone, as https://console.example.org",
        )
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadSettings(
            "the console may be reached over https only", where=PREFIX + name, mend="put a proxy with TLS before it"
        )
    return text.rstrip("/")


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise BadSettings(
            worded("{text!r} is none of {choices}", text=text[:40], choices=", ".join(known)),
            where=PREFIX + name,
            mend="set it to one of these or unset it",
        )
    return text


def _whole(name: str, text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise BadSettings(
            worded("{text!r} is not a whole number from {least} to {most}", text=text[:40], least=least, most=most),
            where=PREFIX + name,
            mend="set it or unset it",
        )
    return int(text)
