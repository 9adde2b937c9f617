"""The doors: when something last came in by each, and what came in that is no event yet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from starlette.requests import Request

from staycourse.app.intake import (
    DOORS,
    UnmappedName,
    arrived,
    mapping_example,
    replay_unmapped,
    statement_sample,
    unmapped_names,
)  # fmt: skip
from staycourse.app.intake.arrivals import XAPI
from staycourse.kernel import Words
from staycourse.web.console.connections.page import Action, ConnectionPage, Given, Once
from staycourse.web.console.today import Choice

SHOWN: Final = 50
"""Names that are shown at once, the most frequent; the filter by door shows further ones."""

NO_VERB: Final = "no verb is mapped to"
"""How the reason begins where an xAPI verb is not known: the name itself says the rest."""

LONGEST_SAMPLE: Final = 3_000


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One door: what it is, where programs find it, and what came in."""

    door: str
    address: str
    last: str
    day: str
    week: str


@dataclass(frozen=True, slots=True)
class NameLine:
    """One name that is no event yet. `example` can be copied into `file`; `sample` is its newest message."""

    name: str
    door: str
    reason: str
    count: str
    last: str
    kept: str
    file: str
    example: str
    sample: str


ADDRESSES: Final = {
    "native": "POST /v1/events", "segment": "POST /v1/batch", "posthog": "POST /batch/",
    "xapi": "POST /xapi/statements", "caliper": "POST /v1/caliper", "files": "staycourse import · watch",
    "lti": "/lti/login",
}  # fmt: skip


class DoorsPage(ConnectionPage):
    """The first page of the connections."""

    name: ClassVar[str] = "doors"
    path: ClassVar[str] = "/connections"
    labels: ClassVar[Mapping[str, str]] = {}

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        seen = arrived(self.home)
        lines = []
        for door in DOORS:
            one = seen.get(door)
            lines.append(
                DoorLine(
                    door,
                    ADDRESSES[door],
                    self.moment(one.last, words) if one else "",
                    words.number(one.day if one else 0),
                    words.number(one.week if one else 0),
                )
            )
        every = unmapped_names(self.home, self.home.tenant)
        asked = request.query_params.get("door", "")
        asked = asked if asked in DOORS else ""
        rows = [row for row in every if asked in ("", row.door)]
        return {
            "doors": lines,
            "anything": bool(seen),
            "doors_unmapped": door_choices(Counter(row.door for row in every), asked, self.path, words),
            "names": [self._name(row, words) for row in rows[:SHOWN]],
            "more": words.t("connections.unmapped.more", n=len(rows) - SHOWN) if len(rows) > SHOWN else "",
            "replayable": any(row.kept for row in every),
        }

    def actions(self) -> Mapping[str, Action]:
        return {"replay": self._replay}

    def _replay(self, given: Given, actor: str) -> str | Once:
        done = replay_unmapped(self.home, actor=actor)
        return "connections.replayed" if done.events else "connections.replayed.stop"

    def _name(self, row: UnmappedName, words: Words) -> NameLine:
        sample = row.sample or (statement_sample(self.home, row.name) if row.door == XAPI else "")
        kept = ""
        if row.door != XAPI and row.name and row.kept < row.count:
            kept = words.t("connections.unmapped.kept", kept=words.number(row.kept))
        return NameLine(
            row.name,
            row.door,
            "" if row.door == XAPI and row.reason.startswith(NO_VERB) else words.told(row.reason),
            words.t("connections.unmapped.count", n=row.count, count=words.number(row.count)),
            self.moment(row.last, words),
            kept,
            "xapi.toml" if row.door == XAPI else "policy.toml",
            mapping_example(row) if row.name else "",
            _indented(sample),
        )


def door_choices(counts: Mapping[str, int], asked: str, address: str, words: Words) -> tuple[Choice, ...]:
    """Return one choice on a page for each door that it has something of; none where there is but one."""
    there = [door for door in DOORS if counts.get(door)]
    if len(there) < 2 and not asked:
        return ()
    return tuple(
        Choice(
            address if door == asked else f"{address}?door={door}",
            door,
            words.t(f"connections.door.{door}"),
            words.number(counts[door]),
            door == asked,
        )
        for door in there
    )


def _indented(sample: str) -> str:
    """Return a message's properties, or a statement, so that a person can read it."""
    try:
        told = json.loads(sample)
    except (ValueError, RecursionError):
        return sample[:LONGEST_SAMPLE]
    shown = {name: value for name, value in told.items() if name not in ("door", "key", "why")}
    return json.dumps(shown, ensure_ascii=False, indent=2)[:LONGEST_SAMPLE]
