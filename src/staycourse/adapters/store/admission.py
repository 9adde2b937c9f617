"""Deciding who enters: what is known of the learners of one batch, kept up to date while each entry is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from staycourse.adapters.store import schema
from staycourse.care import Admission, Draw, Entry, Underway, admit
from staycourse.kernel import BadInput
from staycourse.policy import Policy

CHUNK = 500
"""How many learners one IN list names."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one entry: state active or held_out, or "" with the reason why not."""

    entry: Entry
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class First:
    """Where a playbook begins."""

    node: int
    delay: timedelta
    awaits: str


class Known:
    """What is known of the learners of one batch of entries, kept up to date while they are decided."""

    def __init__(self, connection: Connection, tenant: str, learners: Iterable[str]) -> None:
        self.learners = sorted(set(learners))
        self.underway: dict[str, Underway] = {}
        self.entered: dict[tuple[str, str], datetime] = {}
        self.entries: set[tuple[str, str, str]] = set()
        self.contacted: dict[str, datetime | None] = {}
        self.arms: dict[tuple[str, str], str] = {}
        for start in range(0, len(self.learners), CHUNK):
            self._read(connection, tenant, self.learners[start : start + CHUNK])

    def _read(self, connection: Connection, tenant: str, learners: Sequence[str]) -> None:
        table, seen, drawn = schema.journeys, schema.contacts, schema.draws
        asked = select(table).where(table.c.tenant == tenant, table.c.learner.in_(learners)).order_by(table.c.entered)
        for row in connection.execute(asked).mappings():
            self.entered[row["learner"], row["playbook"]] = row["entered"]
            self.entries.add((row["learner"], row["playbook"], row["entry"]))
            if row["state"] == "active" and row["exclusive"]:
                self.underway[row["learner"]] = Underway(row["journey"], row["playbook"], row["priority"])
        chosen = select(seen.c.learner, seen.c.last_contact).where(
            seen.c.tenant == tenant, seen.c.learner.in_(learners)
        )
        self.contacted.update({row.learner: row.last_contact for row in connection.execute(chosen)})
        arms = select(drawn.c.learner, drawn.c.playbook, drawn.c.arm).where(
            drawn.c.tenant == tenant, drawn.c.learner.in_(learners)
        )
        self.arms.update({(row.learner, row.playbook): row.arm for row in connection.execute(arms)})

    def note(self, entry: Entry, row: Mapping[str, Any], journey: int, now: datetime) -> None:
        """Take in what was just entered."""
        self.entered[entry.learner, entry.playbook] = now
        self.entries.add((entry.learner, entry.playbook, entry.entry))
        if row["state"] == "active" and row["exclusive"]:
            self.underway[entry.learner] = Underway(journey, entry.playbook, row["priority"])


def decided(
    known: Known, entry: Entry, draw: Draw, policy: Policy, firsts: Mapping[str, First], now: datetime
) -> tuple[Admitted, dict[str, Any] | None]:
    """Decide one entry; the row to insert, None where there is none. The first draw of a learner holds for ever."""
    if (entry.learner, entry.playbook, entry.entry) in known.entries:
        return Admitted(entry, "", "decided"), None
    if entry.playbook not in firsts:
        raise BadInput(f"there is no enabled playbook {entry.playbook!r}", where="playbooks", mend="check the policy")
    playbook = policy.playbooks[entry.playbook]
    arm = draw.arm if draw.arm == "exempt" else known.arms.get((entry.learner, draw.playbook), draw.arm)
    held_out = arm == "held_out"
    admission = admit(
        playbook,
        policy.care,
        underway=None if held_out else known.underway.get(entry.learner),
        entered_before=known.entered.get((entry.learner, entry.playbook)),
        last_contact=known.contacted.get(entry.learner),
        now=now,
    )
    if not admission.enter:
        return Admitted(entry, "", admission.why), None
    row = _journey_row(entry, arm, policy, admission, now)
    first = firsts[entry.playbook]
    if not held_out:
        row |= {"node": first.node, "due": row["due"] + first.delay, "awaits": first.awaits}
    return Admitted(entry, row["state"], ""), row


def _journey_row(entry: Entry, arm: str, policy: Policy, admission: Admission, now: datetime) -> dict[str, Any]:
    playbook = policy.playbooks[entry.playbook]
    return {
        "learner": entry.learner,
        "course": entry.course,
        "playbook": entry.playbook,
        "entry": entry.entry,
        "alert": entry.alert,
        "cause": entry.cause,
        "tier": entry.tier,
        "priority": playbook.priority,
        "arm": arm,
        "exclusive": playbook.purpose != "service",
        "state": "held_out" if arm == "held_out" else "active",
        "due": admission.start,
        "version": policy.version,
        "entered": now,
        "outranks": admission.outranks,
    }


def draw_row(tenant: str, draw: Draw, now: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant, "learner": draw.learner, "playbook": draw.playbook, "tier": draw.tier, "arm": draw.arm,
        "share": draw.share, "drawn": now,
    }  # fmt: skip
