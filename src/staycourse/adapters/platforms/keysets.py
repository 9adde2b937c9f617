"""One HTTP GET of a JWK set (RFC 7517), bounded in time and size. Redirects are not followed and proxies not used:
nothing but the registered address is ever asked."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

from staycourse.kernel import StaycourseError, worded

LONGEST = 65_536
"""Bytes of a JWK set: a platform has a few keys of some 400 bytes."""

SECONDS = 5.0
"""The whole exchange."""


class KeysFault(StaycourseError):
    """A platform's keys cannot be had just now."""

    http_status = 502
    code = "platform-keys"


def fetch_keys(url: str) -> dict[str, Any]:
    """Return the JWK set at `url`; KeysFault where there is none to be had."""
    parts = urlsplit(url)
    host, place = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    # The socket's own timeout is of each read: one byte a second would hold it for ever.
    watch = threading.Timer(SECONDS, _give_up, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", place, headers={"accept": "application/jwk-set+json, application/json"})
        answer = connection.getresponse()
        body = answer.read(LONGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise KeysFault(
            worded("does not answer ({kind})", kind=type(error).__name__), where=host, mend="look at the platform"
        ) from None
    finally:
        watch.cancel()
        connection.close()
    if answer.status != 200 or len(body) > LONGEST:
        raise KeysFault(
            worded("answered {status} with {count} bytes", status=answer.status, count=len(body)),
            where=host,
            mend="check the keys' address",
        )
    return _key_set(body, host)


def _key_set(body: bytes, host: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise KeysFault("is no JWK set", where=host, mend="check the keys' address")
    return found


def _give_up(connection: http.client.HTTPConnection) -> None:
    held = connection.sock
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # closed in this very moment
