"""Databases for tests: every test has its own, empty or with the store's schema, on SQLite and on PostgreSQL.

PostgreSQL is a private server of this test process: in a folder of its own, on a free port of the loopback, started by
the first test that asks and stopped at the end. Where it is not installed, its half of the tests is skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pg8000.native
import pytest

from staycourse.adapters.store import Database, open_database

USER = "keeper"
PASSWORD = "p@ss/w:rd ü"  # what an address has to escape
TEMPLATE = "with_schema"
QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=60",
    "deadlock_timeout=50ms",
)
UNENCRYPTED = "?sslmode=disable"
"""What most tests add to an address: asking whether the server encrypts reads every authority's certificate first, 25
ms of computing a connection. test_database.py connects as an operator does who says nothing of it."""


class PostgresServer:
    """A running server of our own; its settings spare the disk unless others are given."""

    def __init__(self, programs: Path, settings: Sequence[str] = QUICK) -> None:
        self._programs = programs
        self._settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="staycourse-pg-"))
        self._numbers = count()
        self._has_template = False
        self._identity = _unprivileged(self._folder)
        self.port = 0
        try:
            self._make()
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def address(self, database: str, *, password: str = PASSWORD) -> str:
        """Return the address of a database as an operator writes it."""
        return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def socket_address(self, database: str) -> str:
        """Return the address of a database over the server's socket."""
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@localhost:{self.port}/{database}?host={self._folder}"

    def make_database(self, *, schema: bool) -> str:
        """Make a database, with the store's schema or empty, and return its name."""
        if schema and not self._has_template:
            self.run(f"CREATE DATABASE {TEMPLATE}")
            open_database(self.address(TEMPLATE) + UNENCRYPTED).close()
            self._has_template = True
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if schema else 'template0'}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> list[Any]:
        """Run one statement outside of transactions and return its rows."""
        link = pg8000.native.Connection(
            USER, host="127.0.0.1", port=self.port, database="postgres", password=PASSWORD, ssl_context=False
        )
        try:
            return list(link.run(statement) or [])
        finally:
            link.close()

    def stop(self) -> None:
        """Stop the server at once and remove what it wrote."""
        self._call("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._folder / "data"))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        self._call(
            "initdb", "--no-sync", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C", "-D", str(self._folder / "data"),
        )  # fmt: skip

    def _start(self) -> None:
        for last in (False, False, True):  # another process may take the free port before the server does
            self.port = _free_port()
            settings = (
                *self._settings,
                f"port={self.port}",
                "listen_addresses=127.0.0.1",
                f"unix_socket_directories={self._folder}",
            )
            options = " ".join(f"-c {setting}" for setting in settings)
            try:
                log = str(self._folder / "log")
                self._call("pg_ctl", "start", "-w", "-D", str(self._folder / "data"), "-l", log, "-o", options)
            except RuntimeError:
                if last:
                    raise
            else:
                return

    def _call(self, program: str, *arguments: str) -> None:
        # The server outlives pg_ctl and would hold a pipe open: what it says goes to a file.
        with (self._folder / "said").open("ab") as said:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                check=False, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=self._folder, **self._identity,
            )  # fmt: skip
        if done.returncode:
            told = [place.read_text(errors="replace") for place in self._folder.glob("[sl]*") if place.is_file()]
            raise RuntimeError(f"{program} failed: " + "\n".join(told))


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda place: float(place.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Start PostgreSQL once for all tests of this process."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: run tools/prepare_tests.sh as root, or install postgresql")
    server = PostgresServer(programs)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Give the address of a store that is not there yet, on each database in turn."""
    yield from _address(request, tmp_path, schema=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give an open store with its schema and no rows, on each database in turn."""
    for address in _address(request, tmp_path, schema=True):
        opened = open_database(address)
        yield opened
        opened.close()


def _address(request: pytest.FixtureRequest, folder: Path, *, schema: bool) -> Iterator[Path | str]:
    if request.param == "sqlite":
        yield folder / "store.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.make_database(schema=schema)
    yield server.address(name) + UNENCRYPTED
    server.drop_database(name)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return how to run as someone else where this is root: PostgreSQL refuses to be run by root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    someone = names.get("postgres") or names["nobody"]
    os.chown(folder, someone.pw_uid, someone.pw_gid)
    return {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
