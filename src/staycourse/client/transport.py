"""One connection to the server, kept open; an answer whatever its status, or OSError where there is none."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Final, Protocol
from urllib.parse import urlsplit

from staycourse.kernel import BadInput

MOST_BYTES: Final = 64 << 20
"""An answer that is longer is cut off: nothing that is asked for is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def passing(self) -> bool:
        """Say whether asking again may be answered otherwise (RFC 6585 429, RFC 9110 15.6)."""
        return self.status in (408, 425, 429) or self.status >= 500

    def wait(self, now: float) -> float:
        """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3), at `now` since 1970; 0 for none."""
        told = self.headers.get("retry-after", "").strip()
        if told.isdecimal():
            return float(told[:6])
        try:
            return max(0.0, parsedate_to_datetime(told).timestamp() - now) if told else 0.0
        except (ValueError, OverflowError):
            return 0.0


class Transport(Protocol):
    """Carries one request. One thread at a time uses it."""

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Return the answer; OSError or http.client.HTTPException where there is none."""
        ...

    def close(self) -> None:
        """Let the connection go; asking opens another."""
        ...


class HttpTransport:
    """HTTP/1.1 over one kept connection. Redirects are not followed, proxies not used."""

    def __init__(self, url: str, key: str, timeout: float) -> None:
        self._parts = urlsplit(url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname or self._parts.username:
            raise BadInput("is not a web address", where="url", mend="give it as https://care.example.org")
        self._key, self._timeout = key, timeout
        self._open: http.client.HTTPConnection | None = None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        shown = {"authorization": f"Bearer {self._key}", "user-agent": "staycourse-client", **headers}
        kept = self._open is not None
        try:
            return self._once(method, path, body, shown)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if not kept:
                raise
            # The server let an idle connection go in this very moment: what was sent is asked again on a fresh one.
            return self._once(method, path, body, shown)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = self._open or self._connected()
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            said = Answer(answer.status, told, answer.read(MOST_BYTES))
        except BaseException:
            self.close()
            raise
        if answer.will_close or not answer.isclosed():
            self.close()
        return said

    def _connected(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            self._open = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._tls)
        else:
            self._open = http.client.HTTPConnection(host, port, timeout=self._timeout)
        return self._open

    def close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    def __repr__(self) -> str:
        return f"HttpTransport({self._parts.hostname})"
