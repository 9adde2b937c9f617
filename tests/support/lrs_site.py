"""The xAPI door over a small home of two tenants, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import anyio
import httpx
from api_site import BASE, NOW, TENANTS, SetClock

from staycourse.adapters.store import Database
from staycourse.app.homes import Home
from staycourse.app.homes import home as home_module
from staycourse.app.intake import Intake, Keyring, RecordStore, key_book
from staycourse.kernel import Settings
from staycourse.web.api import api_app, parts_of

ADA = {"objectType": "Agent", "mbox": "mailto:ada@example.org", "name": "Ada"}
BOB = {"account": {"homePage": "https://lms.example.org", "name": "bob"}}
LESSON = "https://lms.example.org/lesson/1"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def uuid(number: int) -> str:
    """Return a UUID by its number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def statement(number: int | None = None, **more: Any) -> dict[str, Any]:
    """Return one good statement."""
    named = {} if number is None else {"id": uuid(number)}
    return named | {"actor": ADA, "verb": {"id": COMPLETED}, "object": {"id": LESSON}} | more


@dataclass
class LrsSite:
    """An opened home with the xAPI door over it."""

    home: Home
    records: RecordStore
    keys: dict[str, str]
    app: Any = field(repr=False)

    def ask(
        self, method: str, path: str, /, *, version: Any = "2.0.0", key: Any = None, json: Any = None,
        content: Any = None, headers: Any = None, **asked: Any,
    ) -> httpx.Response:  # fmt: skip
        """Return the answer to one request; what is not named otherwise is a parameter."""
        shown = self.keys["main"] if key is None else key
        sent = {"authorization": f"Bearer {shown}"} if shown else {}
        sent |= {"x-experience-api-version": version} if version else {}
        address = f"/xapi{path}" + (f"?{urlencode(asked)}" if asked else "")

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.request(method, address, content=content, json=json, headers=sent | (headers or {}))

        return anyio.run(once)

    def post(self, told: Any, **more: Any) -> httpx.Response:
        """Send statements."""
        return self.ask("POST", "/statements", json=told, **more)

    def ids(self, **asked: Any) -> list[str]:
        """Return the ids of the statements that are found."""
        return [one["id"] for one in self.ask("GET", "/statements", **asked).json()["statements"]]


@contextmanager
def open_lrs(place: Path, database: Database | None = None) -> Iterator[LrsSite]:
    """Open the site, over a store that is open already where one is given."""
    settings = Settings(place, "main", "UTC", SetClock(), 1, 1, xapi_origins=("https://content.example.org",))
    if database is None:
        home = Home(settings, writing=False)
    else:
        with patch.object(home_module, "open_database", lambda _: database):
            home = Home(settings, writing=False)
    try:
        home.store.ensure_tenant("other", "UTC", NOW)
        keys = {tenant: key_book(home).issue(tenant, "test", ("xapi",), NOW).text for tenant in TENANTS}
        keys["reader"] = key_book(home).issue("main", "reader", ("xapi:read",), NOW).text
        keys["events"] = key_book(home).issue("main", "events", ("write",), NOW).text
        with Intake(home) as intake, RecordStore(home) as records:
            yield LrsSite(home, records, keys, api_app(parts_of(home, intake, Keyring(home), records)))
    finally:
        home.close()
