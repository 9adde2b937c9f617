"""One HTTP POST to an address that somebody else named: bounded in time and size, to public addresses only.

Names are resolved once, every resolved address is judged, and the connection goes to that very address, so that a
name which changes its mind (DNS rebinding) leads nowhere else. Redirects are not followed and proxies not used: both
would be another way round the judgement.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, quote, urlsplit

from staycourse.adapters.channels.hygiene import one_line
from staycourse.care import TransportFault
from staycourse.kernel import Wording, as_wording, worded

MAX_ANSWER = 2000
AGAIN = "it is tried again"
"""The next step where a network did not answer: nobody has to do anything."""
NOT_FOLLOWED = as_wording("redirects are not followed")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its status, the headers that matter, and from where."""

    host: str
    status: int
    retry_after: str
    location: str

    def fault(self, *, permanent: bool, mend: str = "") -> TransportFault:
        """Return the fault that this answer is, with the time that the other side asks to wait."""
        status = f"{self.status} {http.client.responses.get(self.status, '')}".rstrip()
        what = worded("answered {status}", status=status)
        if 300 <= self.status < 400:
            what = worded("{text}; {mend}", text=what, mend=NOT_FOLLOWED)
        if self.retry_after:
            waiting = worded("asks to wait {time}", time=self.retry_after)
            what = worded("{text}; {mend}", text=what, mend=waiting)
        return TransportFault(what, where=self.host, mend=mend, permanent=permanent)


@dataclass(frozen=True)
class Poster:
    """Posts. `timeout` is of the whole exchange, in seconds; `allow_private` lets it reach the local network, and
    `permitted_by` tells whom it was refused how that is done.
    """

    timeout: float
    allow_private: bool
    permitted_by: str = "allow_private = true in channels.toml permits it"

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The system's authorities, read when first needed."""
        return ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, own: bool = False) -> Answer:
        """Post `body` and return the answer, whatever its status.

        A URL that cannot be used is a permanent TransportFault, or a temporary one where it is the operator's `own`
        (no learner's address is to blame); a network that does not answer is a temporary one.
        """
        try:
            parts = _checked(url)
            host, port = _host(parts), parts.port or (443 if parts.scheme == "https" else 80)
            addresses = self._resolved(host, port)
        except TransportFault as fault:
            fault.permanent = fault.permanent and not own
            raise
        place = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{_query(parts)}" if parts.query else "")
        request = _Request(host, place, body, headers, self.tls if parts.scheme == "https" else None)
        error: Exception | None = None
        for address in addresses[:4]:
            try:
                return self._exchange(request, address)
            except (ConnectionRefusedError, socket.timeout) as refused:  # noqa: UP041
                error = refused
            except (OSError, http.client.HTTPException, _TooLate) as broken:
                error = broken
                break
        raise TransportFault(self._said(error), where=host, mend=AGAIN) from None

    def _resolved(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise TransportFault("the name cannot be resolved", where=host, mend=AGAIN) from None
        addresses = [(str(entry[4][0]), port) for entry in found]
        if not self.allow_private and any(not is_public(address) for address, _ in addresses):
            raise TransportFault(
                "is an address of this machine or a private network", where=host,
                mend=self.permitted_by, permanent=True,
            )  # fmt: skip
        return addresses

    def _exchange(self, request: _Request, address: tuple[str, int]) -> Answer:
        connection = _Pinned(request.host, address, self.timeout, request.tls)
        # The socket's own timeout is of each read: one byte a second would hold it for ever.
        watch = threading.Timer(self.timeout, connection.give_up)
        watch.daemon = True
        watch.start()
        try:
            connection.request("POST", request.place, body=request.body, headers=dict(request.headers))
            answer = connection.getresponse()
            answer.read(MAX_ANSWER)
            waiting = one_line(answer.getheader("Retry-After") or "", 40)
            waiting = f"{waiting} s" if waiting.isdecimal() else waiting
            return Answer(request.host, answer.status, waiting, answer.getheader("Location") or "")
        except (OSError, http.client.HTTPException) as error:
            # Who was reached and was too slow may have taken it: no other address of theirs is tried with it.
            if connection.late or (connection.sock is not None and isinstance(error, TimeoutError)):
                raise _TooLate from error
            raise
        finally:
            watch.cancel()
            connection.close()

    def _said(self, error: Exception | None) -> Wording:
        """Say what broke without repeating anything that the other side sent."""
        if isinstance(error, _TooLate | TimeoutError):
            return worded("did not answer within {seconds:g} seconds", seconds=self.timeout)
        if isinstance(error, http.client.RemoteDisconnected):
            return as_wording("closed the connection without an answer")
        if isinstance(error, http.client.HTTPException):
            return as_wording("answered what is no HTTP")
        if isinstance(error, ConnectionResetError | BrokenPipeError):
            return as_wording("broke the connection off")
        if isinstance(error, ConnectionRefusedError):
            return as_wording("refused the connection: nothing listens there")
        why = type(error).__name__
        if isinstance(error, ssl.SSLCertVerificationError):
            why = one_line(f"its certificate is not trusted: {error.verify_message}", 120)
        elif isinstance(error, OSError) and error.strerror:
            why = one_line(error.strerror, 120)
        return worded("does not answer: {why}", why=why)


class _TooLate(Exception):
    """The other side was reached, and gave no answer in time."""


@dataclass(frozen=True, slots=True)
class _Request:
    host: str
    place: str
    body: bytes
    headers: Mapping[str, str]
    tls: ssl.SSLContext | None


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was judged, speaking to the host that was named."""

    def __init__(self, host: str, address: tuple[str, int], timeout: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, address[1], timeout=timeout)
        self.default_port = 443 if tls else 80  # so that the Host header names other ports only
        self._address = address
        self._tls = tls
        self.late = False

    def connect(self) -> None:
        opened = socket.create_connection(self._address, self.timeout)
        try:
            self.sock = self._tls.wrap_socket(opened, server_hostname=self.host) if self._tls else opened
        except BaseException:
            opened.close()
            raise

    def give_up(self) -> None:
        self.late, held = True, self.sock
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed in this very moment


def is_public(address: str) -> bool:
    """Say whether an IP address is of the public internet, also where IPv6 only wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _checked(url: str) -> SplitResult:
    """Return the parts of a URL that can be posted to; a permanent TransportFault for another."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 2000 or any(not letter.isprintable() or letter.isspace() for letter in url):
        raise TransportFault("is not an http or https URL", where="the address", permanent=True)
    if parts.username is not None or parts.password is not None:
        raise TransportFault("a URL with a user or password is refused", where="the address", permanent=True)
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise TransportFault("the URL's host is no name", where="the address", permanent=True) from None


def _query(parts: SplitResult) -> str:
    return quote(parts.query, safe="/%:@!$&'()*+,;=~?")
