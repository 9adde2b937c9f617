"""Deciding who enters: what is known of the learners of one batch, kept up to date while each entry is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from staycourse.adapters.store import schema
from staycourse.care import Admission, Draw, Entry, Underway, admit
from staycourse.kernel import BadInput, worded
from staycourse.policy import Policy

CHUNK = 500
"""How many learners one IN list names."""


def chunked(names: Iterable[str]) -> Iterator[list[str]]:
    """Return each of `names` once, in order, so many at a time as one statement may ask about."""
    listed = sorted(set(names))
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one entry: state active or held_out, or "" with the reason why not.

    `playbook` and `arm` are those that hold: of an entry that was `decided` before, the ones of then.
    """

    entry: Entry
    state: str
    why: str
    playbook: str
    arm: str


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
        self.entries: dict[tuple[str, str], dict[str, str]] = {}
        self.contacted: dict[str, datetime | None] = {}
        self.arms: dict[tuple[str, str], str] = {}
        for start in range(0, len(self.learners), CHUNK):
            self._read(connection, tenant, self.learners[start : start + CHUNK])

    def _read(self, connection: Connection, tenant: str, learners: Sequence[str]) -> None:
        table, seen, drawn = schema.journeys, schema.contacts, schema.draws
        asked = select(table).where(table.c.tenant == tenant, table.c.learner.in_(learners)).order_by(table.c.entered)
        for row in connection.execute(asked).mappings():
            self.entered[row["learner"], row["playbook"]] = row["entered"]
            self.entries.setdefault((row["learner"], row["entry"]), {})[row["playbook"]] = row["arm"]
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

    def before(self, entry: Entry) -> tuple[str, str] | None:
        """Return playbook and arm of what `entry` was decided to be before, None if it was not.

        An alert has one answer, whichever playbook would be chosen for it now; an event may begin several.
        """
        had = self.entries.get((entry.learner, entry.entry), {})
        if entry.playbook in had or not entry.alert:
            return (entry.playbook, had[entry.playbook]) if entry.playbook in had else None
        return next(iter(had.items()), None)

    def note(self, entry: Entry, row: Mapping[str, Any], journey: int, now: datetime) -> None:
        """Take in what was just entered."""
        self.entered[entry.learner, entry.playbook] = now
        self.entries.setdefault((entry.learner, entry.entry), {})[entry.playbook] = row["arm"]
        if row["state"] == "active" and row["exclusive"]:
            self.underway[entry.learner] = Underway(journey, entry.playbook, row["priority"])


def decided(
    known: Known, entry: Entry, draw: Draw, policy: Policy, firsts: Mapping[str, First], now: datetime
) -> tuple[Admitted, dict[str, Any] | None]:
    """Decide one entry; the row to insert, None where there is none. The first draw of a learner holds for ever.

    Beside the journey's columns the row tells `start`, when its first step is arrived at, and `outranks`, what it ends.
    """
    if (before := known.before(entry)) is not None:
        return Admitted(entry, "", "decided", *before), None
    if entry.until is not None and entry.until <= now:
        return Admitted(entry, "", "late", entry.playbook, draw.arm), None
    if entry.playbook not in firsts:
        raise BadInput(
            worded("there is no enabled playbook {playbook!r}", playbook=entry.playbook),
            where="playbooks",
            mend="check the policy",
        )
    playbook = policy.playbooks[entry.playbook]
    arm = draw.arm
    if arm != "exempt":
        arm = known.arms.setdefault((entry.learner, draw.playbook), draw.arm)  # type: ignore[assignment]
    held_out = arm == "held_out"
    admission = admit(
        playbook,
        policy.care,
        underway=None if held_out else known.underway.get(entry.learner),
        entered_before=None if arm == "exempt" else known.entered.get((entry.learner, entry.playbook)),
        last_contact=known.contacted.get(entry.learner),
        now=now,
    )
    if not admission.enter:
        return Admitted(entry, "", admission.why, entry.playbook, arm), None
    row = _journey_row(entry, arm, policy, admission, now)
    if entry.start is not None:
        row["start"] = max(row["start"], entry.start)
    return Admitted(entry, row["state"], "", entry.playbook, arm), row


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
        "start": admission.start,
        "version": policy.version,
        "entered": now,
        "outranks": admission.outranks,
    }


def draw_row(tenant: str, draw: Draw, now: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant, "learner": draw.learner, "playbook": draw.playbook, "tier": draw.tier, "arm": draw.arm,
        "share": draw.share, "drawn": now,
    }  # fmt: skip
