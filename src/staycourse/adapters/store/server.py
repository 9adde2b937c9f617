"""Connections to PostgreSQL: how they are made, and how a lost one is known."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from functools import cache
from typing import Any, Final

import pg8000.dbapi
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from staycourse.adapters.store.address import ServerAddress
from staycourse.adapters.store.faults import UNREACHABLE, state_of
from staycourse.kernel import BadSettings, StorageFault, as_wording, worded

CONNECT_SECONDS: Final = 10
POOL_SECONDS: Final = 5
"""How long a thread waits for one of the connections. An answer may need several, one after another."""

POOL_SIZE: Final = 5
POOL_OVERFLOW: Final = 10
SESSION: Final = {
    "TimeZone": "UTC",
    "client_encoding": "UTF8",
    "statement_timeout": "60s",
    "lock_timeout": "10s",  # as long as SQLite waits for another writer
    "idle_in_transaction_session_timeout": "300s",  # a process that hangs must not hold its locks for ever
}
# A peer that is gone without a word is known after a minute instead of the system's two hours.
KEEPALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
ENCRYPTION_ASKED: Final = struct.pack(">ii", 8, 80877103)
"""PostgreSQL's SSLRequest: its length and its number."""

LOST: Final = ("08", "57P")


class _Connection(pg8000.dbapi.Connection):  # type: ignore[misc]  # the driver carries no types
    """The driver's connection, well behaved when the server goes away: a reset while it reads is told as a network
    error, which the pool knows how to take; and closing what is lost lets its socket go and complains of nothing."""

    def handle_messages(self, context: Any) -> None:
        try:
            super().handle_messages(context)
        except OSError as error:
            raise pg8000.dbapi.InterfaceError("network error") from error

    def wait_without_end(self) -> None:
        """Wait for answers as long as they take: the server ends what takes too long, keep-alive finds who is gone."""
        self._usock.settimeout(None)

    def close(self) -> None:
        stream = getattr(self, "_sock", None)
        try:
            super().close()
        except (pg8000.dbapi.InterfaceError, OSError):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def server_engine(address: ServerAddress) -> Engine:
    """Return the engine of a PostgreSQL database; the password stays in its connector, in no URL that is shown."""
    engine = create_engine(
        "postgresql+pg8000://",
        creator=lambda: _connect(address),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    # Plain inserts too go many rows to a statement, not one by one (see rows.ONE).
    engine.dialect.use_insertmanyvalues_wo_returning = True
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _know_lost)
    return engine


def _connect(address: ServerAddress) -> pg8000.dbapi.Connection:
    unix = address.host.startswith("/")
    with contextlib.ExitStack() as undone:
        try:
            link = undone.enter_context(_unix_socket(address) if unix else _tcp_socket(address))
            if not unix and address.encryption == "prefer":
                link = undone.enter_context(_encrypted(link, address))
            made = _Connection(
                user=address.user,
                password=address.password,
                host=address.host,
                port=address.port,
                database=address.database,
                application_name="staycourse",
                startup_params=dict(SESSION),
                sock=link,
                ssl_context=False if unix else _encryption(address),
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise StorageFault(
                worded("{what}: {why}", what=as_wording(UNREACHABLE[0]), why=as_wording(why)),
                where=address.shown,
                mend=UNREACHABLE[1],
            ) from None
        except pg8000.dbapi.InterfaceError as error:
            if not isinstance(error.__cause__, TimeoutError):
                raise
            raise StorageFault(UNREACHABLE[0], where=address.shown, mend=UNREACHABLE[1]) from None
        undone.pop_all()
    made.wait_without_end()
    made.autocommit = True  # transactions are begun by `_begin` alone
    return made


def _tcp_socket(address: ServerAddress) -> socket.socket:
    made = socket.create_connection((address.host, address.port), timeout=CONNECT_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # many small messages each wait for their answer
    for name, value in KEEPALIVE:
        if hasattr(socket, name):
            with contextlib.suppress(OSError):
                made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


def _unix_socket(address: ServerAddress) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(CONNECT_SECONDS)
    try:
        made.connect(f"{address.host}/.s.PGSQL.{address.port}")
    except OSError:
        made.close()
        raise
    return made


def _encrypted(link: socket.socket, address: ServerAddress) -> socket.socket:
    """Ask a server whether it encrypts, and do so where it can; else go on without."""
    link.sendall(ENCRYPTION_ASKED)
    if link.recv(1) != b"S":
        return link
    return _unchecked().wrap_socket(link, server_hostname=address.host)


def _encryption(address: ServerAddress) -> ssl.SSLContext | bool:
    """Return what the driver takes: False (never, or it has been asked for already), or the context to go by."""
    if address.encryption == "require":
        return _unchecked()
    if address.encryption != "verify-full":
        return False
    if address.authority is None:
        return _checked_by_system()
    try:
        return ssl.create_default_context(cafile=address.authority)  # each time: it may have been renewed
    except OSError as error:
        raise BadSettings(
            worded("the certificate cannot be read: {why}", why=as_wording(error.strerror or error)),
            where="sslrootcert",
            mend="check the file",
        ) from None


@cache
def _unchecked() -> ssl.SSLContext:
    """Return what encrypts and checks no certificate: so it needs no authorities, which take 25 ms to read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@cache
def _checked_by_system() -> ssl.SSLContext:
    return ssl.create_default_context()


def _begin(connection: Connection) -> None:
    """Begin in SQL. Readers see one moment in all their statements, as on SQLite, and cannot write by mistake."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _know_lost(context: ExceptionContext) -> None:
    """Know a connection as lost by what the server said when it closed it, too."""
    if state_of(context.original_exception).startswith(LOST):
        context.is_disconnect = True
