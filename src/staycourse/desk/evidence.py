"""Did it work: what is known of each playbook and how alerts ended, as people look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from staycourse.policy import Title
from staycourse.review import Detectable, EndingTally, Evidence

GROUPS: Final[tuple[Literal["rule", "cause", "tier", "playbook", "channel"], ...]] = (
    "rule",
    "cause",
    "tier",
    "playbook",
    "channel",
)
"""By what the endings of alerts are counted."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """What is known of one playbook, or of all care together (`playbook` "").

    `evidence` rests on the endings of its alerts, or of the entries where no alert begins it.
    `planned`: what as many learners as had an alert of its causes so far would show at the stated hold-out; told where
    nothing is known yet, so that it can be read before. None where nobody is held out, or had such an alert.
    """

    playbook: str
    title: Title | None
    held_share: float
    evidence: Evidence
    planned: Detectable | None = None


@dataclass(frozen=True, slots=True)
class EvidenceSheet:
    """Everything the page shows. `judged` alerts have an ending, `waiting` have not; `last` is the newest day known.

    `entries` of learners into playbooks that no alert begins have an ending, `entries_waiting` have not. `unmeasured`
    are playbooks that nobody is held out of: there is nothing to compare them with.
    """

    judged: int
    entries: int
    waiting: int
    entries_waiting: int
    first: date | None
    last: date | None
    care: EvidenceLine
    rows: tuple[EvidenceLine, ...]
    unmeasured: tuple[tuple[str, Title], ...]
    whole: EndingTally | None
    tallies: Mapping[str, Mapping[str, EndingTally]]
    titles: Mapping[str, Title]


class EvidenceDesk(Protocol):
    """Answers about what worked. Every call is of one tenant."""

    def evidence(self, tenant: str) -> EvidenceSheet:
        """Return what is known by now."""
        ...
