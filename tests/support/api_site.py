"""The HTTP API over a small home of two tenants, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import httpx

from staycourse.adapters.segments import decode_events, event_of, lanes, read_frames
from staycourse.app.homes import Home
from staycourse.app.intake import Intake, Keyring, key_book
from staycourse.events import Event
from staycourse.kernel import Settings
from staycourse.web.api import api_app, parts_of

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TENANTS = ("main", "other")
BASE = "http://127.0.0.1"


@dataclass
class SetClock:
    """A clock that tests set."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant


@dataclass
class ApiSite:
    """An opened home with the API over it, and a key of each tenant that may do everything but administer."""

    home: Home
    intake: Intake
    clock: SetClock
    time: list[float]
    keys: dict[str, str]
    app: Any = field(repr=False)

    def ask(
        self, path: str, *, method: str = "POST", content: bytes | None = None, json: Any = None,
        headers: Mapping[str, str] | None = None, key: str | None = None, auth: tuple[str, str] | None = None,
        raw: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """Return the answer to one request, shown the key of tenant `main` unless told otherwise ("" for none).

        `raw` headers may hold any byte, given as Latin-1.
        """
        shown = self.keys["main"] if key is None else key
        bearer = {"authorization": f"Bearer {shown}"} if shown and auth is None else {}

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, auth=auth) as client:
                odd = [(name.encode(), value.encode("latin-1")) for name, value in (raw or {}).items()]
                sent = [*httpx.Headers({**bearer, **(headers or {})}).raw, *odd]
                return await client.request(method, path, content=content, json=json, headers=sent)

        return anyio.run(once)

    def key(self, *scopes: str, tenant: str = "main", **more: Any) -> str:
        """Issue another key and return its text."""
        return key_book(self.home).issue(tenant, "another", scopes, self.clock.now(), **more).text

    def logged(self, tenant: str = "main") -> list[Event]:
        """Return what stands in the tenant's log, in every lane."""
        return logged(self.home.path / "log", tenant)


@contextmanager
def open_site(place: Path, *, policy: str = "", **limits: Any) -> Iterator[ApiSite]:
    """Open the site; `limits` are the intake's."""
    clock, time = SetClock(), [0.0]
    home = Home(Settings(place, "main", "UTC", clock, 1, 1), writing=False)
    try:
        home.store.ensure_tenant("other", "UTC", NOW)
        if policy:
            home.store.add_policy("main", policy, "", NOW)
        scopes = ("write", "read", "xapi", "caliper")
        keys = {tenant: key_book(home).issue(tenant, "test", scopes, NOW).text for tenant in TENANTS}
        keyring = Keyring(home, time=lambda: time[0])
        with Intake(home, **limits) as intake:
            yield ApiSite(home, intake, clock, time, keys, api_app(parts_of(home, intake, keyring)))
    finally:
        home.close()


def logged(folder: Path, tenant: str) -> list[Event]:
    """Return what stands in the tenant's log, in every lane."""
    found: list[Event] = []
    for path in (path for lane in lanes(folder) for path in sorted(lane.glob("0*"))):
        frames = [frame for frame in read_frames(path.read_bytes()).frames if frame.tenant == tenant]
        if frames:
            table = decode_events([(frame.payload, frame.count) for frame in frames])
            found += [event_of(row) for row in table.to_pylist()]
    return found


def viewed(number: int = 0, **more: Any) -> dict[str, Any]:
    """Return one good event as a platform sends it."""
    return {"event_id": f"e{number}", "learner": "ada", "verb": "content_viewed", "course": "maths",
            "time": "2026-03-02T09:59:00Z", **more}  # fmt: skip


def views(count: int) -> Sequence[dict[str, Any]]:
    """Return so many good events."""
    return [viewed(number) for number in range(count)]
