"""The address of a stream: nats://[user:password@]host:port[,host:port …][?stream=NAME&replicas=N]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from staycourse.kernel import BadSettings, worded

WHERE = "STAYCOURSE_LOG"
FORM = "write it as nats://host:4222,host2:4222?stream=staycourse&replicas=3"
STREAM = "staycourse"
KNOWN = {"stream", "replicas"}
SCHEMES = ("nats", "tls")


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where the log's stream is. `servers` may carry a password and are never shown; `shown` may be."""

    servers: tuple[str, ...] = field(repr=False)
    stream: str
    replicas: int
    shown: str


def read_address(text: str) -> StreamAddress:
    """Return the stream at an address; BadSettings if it cannot be understood."""
    scheme, _, rest = text.partition("://")
    if scheme not in SCHEMES or not rest:
        raise BadSettings("this is no address of a log", where=WHERE, mend=FORM)
    hosts, _, query = rest.partition("?")
    asked = parse_qs(query, keep_blank_values=True)
    if unknown := set(asked) - KNOWN:
        raise BadSettings(
            worded("there is no option {option!r}", option=sorted(unknown)[0][:40]), where=WHERE, mend=FORM
        )
    stream = asked.get("stream", [STREAM])[-1]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", stream):
        raise BadSettings(
            worded("{stream!r} cannot name a stream", stream=stream[:64]),
            where=WHERE,
            mend="use letters, digits, - and _",
        )
    replicas = asked.get("replicas", ["1"])[-1]
    if replicas not in ("1", "3", "5"):
        raise BadSettings(
            worded("{replicas!r} replicas", replicas=replicas[:10]),
            where=WHERE,
            mend="use 1, 3 or 5: a majority must be left",
        )
    names, servers = [], []
    credentials, at, listed = hosts.rstrip("/").rpartition("@")
    for host in listed.split(","):
        try:
            parts = urlsplit(f"{scheme}://{host}")
            port = parts.port or 4222
        except ValueError:
            raise BadSettings("a server's port is no number", where=WHERE, mend=FORM) from None
        if not parts.hostname:
            raise BadSettings("a server has no name", where=WHERE, mend=FORM)
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        names.append(f"{name}:{port}")
        servers.append(f"{scheme}://{credentials}{at}{name}:{port}")
    return StreamAddress(tuple(servers), stream, int(replicas), f"{','.join(names)}/{stream}")
