"""How long each reading route takes: p50 and p99 over pages and learners of one large night.

    python benchmarks/api_reading.py --learners 100000

In one process, without a socket. Alerts, journeys and messages: 100 000 each, in SQLite.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from api_site import NOW, ApiSite, open_site
from told_risks import AS_OF, keep_night

from staycourse.adapters.store import schema

ROWS = 100_000
ASKED = 200
PAGES = ("/v1/risks?limit=100", "/v1/alerts?limit=100", "/v1/alerts?limit=100&state=closed", "/v1/journeys?limit=100",
         "/v1/messages?limit=100")  # fmt: skip


def main() -> None:
    """Fill a home and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=100_000)
    learners = parser.parse_args().learners
    with tempfile.TemporaryDirectory() as folder, open_site(Path(folder) / "home") as site:
        keep_night(site.home, "main", (_name(number) for number in range(learners)))
        _fill(site)
        anyio.run(_ask, site, learners)


async def _ask(site: ApiSite, learners: int) -> None:
    transport = httpx.ASGITransport(app=site.app)
    headers = {"authorization": f"Bearer {site.keys['main']}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        dice, taken = random.Random(1), []
        for _ in range(ASKED):
            begun = time.perf_counter()
            answer = await client.get(f"/v1/learners/{_name(dice.randrange(learners))}/risk")
            taken.append(time.perf_counter() - begun)
            answer.raise_for_status()
        _say("/v1/learners/{id}/risk", taken)
        for path in PAGES:
            taken, cursor = [], ""
            for _ in range(ASKED):
                begun = time.perf_counter()
                answer = await client.get(f"{path}&cursor={cursor}")
                taken.append(time.perf_counter() - begun)
                cursor = answer.raise_for_status().json()["next"] or ""
            _say(path, taken)


def _say(path: str, taken: list[float]) -> None:
    ordered = sorted(taken)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"{path:36s} p50 {1e3 * p50:7.1f} ms   p99 {1e3 * p99:7.1f} ms", flush=True)


def _name(number: int) -> str:
    return f"learner-{number:07d}"


def _fill(site: ApiSite) -> None:
    shared = {"tenant": "main", "course": "c"}
    alert = {**shared, "cause": "price", "tier": "core", "trigger": "rule", "state": "open", "risk": 0.5,
             "priority": 0.5, "suggestion": "x", "rules": ["r"], "reasons": [], "as_of": AS_OF, "due": NOW,
             "seen_on": AS_OF, "policy_version": 1, "horizon_days": 14}  # fmt: skip
    journey = {**shared, "playbook": "p", "tier": "core", "priority": 1, "arm": "treated", "exclusive": False,
               "state": "active", "version": 1, "entered": NOW}  # fmt: skip
    message = {**shared, "playbook": "p", "purpose": "care", "template": "t", "details": {}, "due": NOW,
               "state": "sent", "sent": NOW}  # fmt: skip

    def rows(row: dict[str, object], **more: str) -> Iterator[dict[str, object]]:
        for number in range(ROWS):
            at = {"opened": NOW + timedelta(seconds=number), "created": NOW + timedelta(seconds=number)}
            own = {name: f"{text}{number}" if name in ("alert", "key") else at.get(name, text)
                   for name, text in more.items()}  # fmt: skip
            yield {**row, "learner": _name(number), **own}

    with site.home.database.writing() as connection:
        connection.execute(schema.alerts.insert(), list(rows(alert, alert="a", opened="")))
        connection.execute(schema.journeys.insert(), list(rows(journey, entry="e")))
        connection.execute(schema.messages.insert(), list(rows(message, key="k", created="")))


if __name__ == "__main__":
    main()
