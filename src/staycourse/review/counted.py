"""How alerts ended, counted: so many that agree in everything that evidence and tallies ask. A store counts a million.

Where single endings are at hand (a simulation has them), `counts_of` gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntFlag
from typing import Final, Literal

from staycourse.review.outcomes import AlertFacts, Arm, Ended, Ending

TIERS: Final = ("core", "regular")
"""The tiers within which arms are drawn."""


class First(IntFlag):
    """Of what an alert is its learner's first: a learner counts once in each experiment."""

    OF_NOTHING = 0
    OF_PLAYBOOK = 1
    OF_ALL = 2


@dataclass(frozen=True, slots=True)
class EndingCount:
    """So many (`n`) ended alerts that agree in all the rest; `arm`, `lead_days` as of AlertFacts and Ended.

    `contacted`: how many of them had a contact. `cost_minor`: what they cost together. `opened`: the first day on which
    one of them was opened; `judged`: the last day known when one of them was judged.
    """

    rules: tuple[str, ...]
    cause: str
    tier: str
    playbook: str | None
    channel: str | None
    arm: Arm
    ending: Ending
    lead_days: int | None
    first: First
    currency: str | None
    n: int
    contacted: int
    cost_minor: int
    opened: date
    judged: date


@dataclass(frozen=True, slots=True)
class UnwantedCount:
    """So many (`n`) ended alerts within whose horizon the learner met what nobody wants: `what`, by name."""

    what: Literal["unsubscribe", "complaint"]
    tier: str
    playbook: str | None
    arm: Arm
    first: First
    n: int


@dataclass(frozen=True, slots=True)
class LeaverCount:
    """So many (`n`) lost enrolments of one tier, and what the alerts that were opened before, within their horizon,
    had as causes and rules; `found`: whether there was any.
    """

    tier: str
    found: bool
    causes: frozenset[str]
    rules: frozenset[str]
    n: int


def first_of(alerts: Iterable[AlertFacts]) -> Mapping[str, First]:
    """Return which of the ended alerts of some learners are the first, by the alert; others are left out.

    Left out are alerts that are never held out, those whose course was to end within the horizon (decided before
    anything was done, so that both arms lose alike), and for a playbook the globally held-out. All alerts of a learner
    must be among them.
    """
    found: dict[str, First] = {}
    seen: set[tuple[str, str | None]] = set()
    for facts in sorted(alerts, key=lambda facts: (facts.as_of, facts.alert)):
        if facts.tier not in TIERS or facts.arm == "exempt" or facts.cut_short:
            continue
        first = First.OF_NOTHING
        if (facts.learner, None) not in seen:
            first |= First.OF_ALL
        if facts.playbook is not None and facts.arm != "global_hold_out":
            first |= First.OF_NOTHING if (facts.learner, facts.playbook) in seen else First.OF_PLAYBOOK
            seen.add((facts.learner, facts.playbook))
        seen.add((facts.learner, None))
        if first:
            found[facts.alert] = first
    return found


def counts_of(ended: Iterable[Ended]) -> Iterator[EndingCount]:
    """Yield single endings as counts of one."""
    ended = list(ended)
    first = first_of(one.facts for one in ended)
    for one in ended:
        facts = one.facts
        yield EndingCount(
            facts.rules, facts.cause, facts.tier, facts.playbook, facts.channel, facts.arm, one.ending, one.lead_days,
            first.get(facts.alert, First.OF_NOTHING), facts.currency, n=1,
            contacted=int(facts.contacted_on is not None), cost_minor=facts.cost_minor, opened=facts.as_of,
            judged=one.judged_on,
        )  # fmt: skip
