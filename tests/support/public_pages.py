"""The public pages over a small store of their own: one learner, one journey under way, messages of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
from fastapi import FastAPI

from staycourse.app.care import Care, Hearing, Token
from staycourse.app.homes import Home
from staycourse.care import Draw, Entry
from staycourse.events import Learner
from staycourse.kernel import Settings
from staycourse.web.public import public_app

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LEARNER = "ada"
ORIGIN = "https://school.example"
HOME_LINK = "https://school.example/learn"
POLICY = """
[care]
platform_name = "Riverside School"
[care.links]
home = "https://school.example/learn"
classes = "https://school.example/classes"
"""


@dataclass
class MovingClock:
    """A clock that goes on a second at each look, as people take time."""

    instant: datetime = NOW

    def now(self) -> datetime:
        self.instant += timedelta(seconds=1)
        return self.instant


def public_home(place: Path, *, language: str | None = "en") -> Hearing:
    """Open a home with one learner on a journey, and give what hears them."""
    home = Home(Settings(place, "main", "UTC", MovingClock(), 1, 1, public_url="https://care.example"), writing=True)
    home.store.add_policy("main", POLICY, "", NOW)
    home.store.put_learners("main", [Learner(learner=LEARNER, name="Ada", email="ada@x.org", language=language)])
    care = Care(home)
    care.people.take_learners("main", [Learner(learner=LEARNER, email="ada@x.org")], NOW)
    (place / "channels.toml").write_text(
        '[[channels]]\nname = "inbox"\nkind = "inbox"\n[[channels]]\nname = "email"\nkind = "email"\n'
        'host = "127.0.0.1"\nfrom = "care@x.org"\nsecurity = "none"\n'
        '[[channels]]\nname = "file"\nkind = "file"\n'
    )
    policy = home.policy("main")
    care.install("main", policy)
    entry = Entry(LEARNER, "c", "friendly_question", "alert:1", "regular", "a", "no_time")
    care.journeys.enter("main", [(entry, Draw(LEARNER, "friendly_question", "regular", "treated", 0.1))], policy, NOW)
    return Hearing(care)


def token_for(hearing: Hearing, action: str, detail: str = "", *, learner: str = LEARNER, until: str = "") -> str:
    """Return a link's token for the learner."""
    return hearing.care.links.sign(Token("main", learner, "1:2:0", action, detail, until))


def app_of(hearing: Hearing) -> FastAPI:
    """Return the app, which one site may ask from its own pages."""
    return public_app(hearing, origins=[ORIGIN])


def ask(
    app: FastAPI,
    path: str,
    *,
    method: str = "GET",
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    data: Any = None,
    client: str = "192.0.2.7",
) -> httpx.Response:
    """Return the answer to one request; nothing is followed, no error is raised."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(client, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="https://care.example") as asker:
            return await asker.request(method, path, content=content, headers=headers, data=data)

    return anyio.run(once)
