"""Asks the console as a program would, without a socket."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import httpx
from plain import NOW, PlainDesk

from staycourse.desk import CareDesk
from staycourse.kernel import FixedClock
from staycourse.web import console_app

BASE = "http://127.0.0.1:8765"


def ask(
    path: str,
    *,
    desk: PlainDesk | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
    base: str = BASE,
    care: CareDesk | None = None,
) -> httpx.Response:
    """Return the console's answer to one request; nothing is followed, no error is raised.

    Without headers of its own, what changes something is sent as the console's pages send it.
    """
    app = console_app(desk or PlainDesk(), tenant="main", clock=FixedClock(NOW), care=care)
    if headers is None and method != "GET":
        headers = {"origin": base, "sec-fetch-site": "same-origin"}

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, headers=headers, data=data)

    return anyio.run(once)
