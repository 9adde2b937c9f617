"""Where the store is: a SQLite file or a PostgreSQL database, read from one setting that may carry a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from staycourse.kernel import BadSettings, as_wording, worded

SETTING: Final = "STAYCOURSE_STORE"
DEFAULT_PORT: Final = 5432
ENCRYPTIONS: Final = ("disable", "prefer", "require", "verify-full")


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A SQLite file."""

    path: Path

    @property
    def shown(self) -> str:
        """Return what may be shown."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A PostgreSQL database. `encryption` and `authority` are libpq's sslmode and sslrootcert; a `host` that begins
    with a slash is the folder of a socket."""

    user: str
    password: str | None = field(repr=False)
    host: str
    port: int
    database: str
    encryption: Literal["disable", "prefer", "require", "verify-full"] = "prefer"
    authority: str | None = None

    @property
    def shown(self) -> str:
        """Return what may be shown: everything but the password."""
        secret = ":***" if self.password else ""
        return f"postgresql://{self.user}{secret}@{self.host}:{self.port}/{self.database}"


def read_address(given: Path | str) -> FileAddress | ServerAddress:
    """Return the address that `given` means: a file, or a URL as SQLAlchemy writes it; BadSettings if neither.

    The text of the error never repeats what was given: it may carry a password.
    """
    if isinstance(given, Path):
        return FileAddress(given)
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise _unusable("is no database URL") from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return _file(url)
    if url.drivername in ("postgresql", "postgres", "postgresql+pg8000"):
        if given.count("@") != 1:  # an unescaped one in the password would move part of it into what is shown
            raise _unusable("has no @ before the host, or another one")
        return _server(url)
    raise _unusable("names neither postgresql nor sqlite")


def _file(url: URL) -> FileAddress:
    if not url.database or url.database == ":memory:" or url.query:
        raise _unusable("names no file: write sqlite:////folder/store.db")
    return FileAddress(Path(url.database).expanduser().absolute())


def _server(url: URL) -> ServerAddress:
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    unknown = sorted(set(url.query) - {"host", "sslmode", "sslrootcert"})
    if unknown or len(query) != len(url.query):
        raise _unusable("has a parameter other than host, sslmode and sslrootcert (each once)")
    host = query.get("host") or url.host or "localhost"
    if not url.username or not url.database:
        raise _unusable("does not name a user and a database")
    encryption = query.get("sslmode", "prefer")
    for known in ENCRYPTIONS:
        if known == encryption:
            password = str(url.password) if url.password else None
            port = url.port or DEFAULT_PORT
            return ServerAddress(url.username, password, host, port, url.database, known, query.get("sslrootcert"))
    raise _unusable(worded("has an sslmode that is none of {choices}", choices=", ".join(ENCRYPTIONS)))


def _unusable(what: str) -> BadSettings:
    return BadSettings(
        worded("the address of the store {what}", what=as_wording(what)),
        where=SETTING,
        mend="write postgresql://user:password@host/database, with %40 for @ and %2F for / in the password",
    )
