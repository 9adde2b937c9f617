"""A console with a door: people of every role over plain data, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import httpx
from fastapi import FastAPI
from plain import NOW, PlainDesk
from plain_care import PlainAlerts, plain_care
from plain_review import review_desk

from staycourse.adapters.store import Database, Store, open_database
from staycourse.app.access import Porter
from staycourse.app.access.passwords import hashed
from staycourse.app.homes import open_home
from staycourse.desk import ROLES, TEACHER
from staycourse.kernel import FixedClock, Settings
from staycourse.web import console_app

BASE = "http://127.0.0.1:8765"
PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
TAUGHT = "ENG-1"


@dataclass
class Door:
    """One console with its people, each called as their role."""

    database: Database
    porter: Porter
    app: FastAPI
    clock: FixedClock
    alerts: PlainAlerts
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(
        self, path: str, *, method: str = "GET", token: str = "", data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None, base: str = BASE, cookies: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """Return the answer to one request, sent as a page of the console sends it."""
        sent = {"origin": base, "sec-fetch-site": "same-origin"} if method not in ("GET", "HEAD") else {}
        name = "staycourse_session" if base.startswith("http://127") else "__Host-staycourse"
        kept = ({name: token} if token else {}) | dict(cookies or {})

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=kept) as client:
                return await client.request(method, path, headers={**sent, **(headers or {})}, data=data)

        return anyio.run(once)

    def token(self, role: str) -> str:
        """Return the token of a session of the person of that role."""
        if role not in self.tokens:
            member, _ = self.porter.members.with_password("main", role) or (None, "")
            assert member is not None
            self.tokens[role] = self.porter.begin(member.member, role, (), "192.0.2.1")
        return self.tokens[role]

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Post the form."""
        return self.ask("/sign-in", method="POST", data={"login": login, "password": password, **more})


@contextmanager
def door(folder: Path, *, people: bool = True, remote: bool = False, console_url: str = "") -> Iterator[Door]:
    """Give a console; with `people` there is one of each role, the teacher of one course."""
    database = open_database(folder / "store.db")
    clock = FixedClock(NOW)
    Store(database).ensure_tenant("main", "Asia/Shanghai", NOW)
    porter = Porter(database, "main", clock, remote=remote)
    if people:
        for role in ROLES:
            courses = [TAUGHT] if role == TEACHER else []
            porter.members.add("main", role, role.title(), role, HASH, courses, NOW)
    care, review = plain_care(), review_desk()
    alerts = PlainAlerts()
    care = replace(care, alerts=alerts, playbooks=review.playbooks, evidence=review.evidence, policies=review.policies,
                   weekly=review.weekly)  # fmt: skip
    # The pages of connections keep their own home: what is added there lets nobody in here.
    with open_home(Settings(folder / "connected", "main", "Asia/Shanghai", clock, 1, 1), writing=False) as home:
        app = console_app(
            PlainDesk(), tenant="main", clock=clock, care=care, porter=porter, console_url=console_url, home=home
        )
        yield Door(database, porter, app, clock, alerts)
    database.close()
