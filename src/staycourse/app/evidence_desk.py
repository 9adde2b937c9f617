"""The evidence of one home, put together for the people who look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from staycourse.adapters.store import EvidenceViews, JudgingBook
from staycourse.app.care import Care
from staycourse.care import EVERYTHING
from staycourse.desk import GROUPS, EvidenceLine, EvidenceSheet
from staycourse.kernel import Money, local_day
from staycourse.policy import PlaybookPolicy, Policy
from staycourse.review import (
    Counts,
    Detectable,
    Ended,
    GuardRail,
    Leaver,
    Stratum,
    detectable,
    guard_rail,
    strata_of,
    tally_endings,
    weigh,
)

Unwanted = Mapping[str, Mapping[str, Sequence[datetime]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What all lines are made from: policy, endings, what was drawn, what nobody wanted, who had an alert, who left."""

    policy: Policy
    ended: Sequence[Ended]
    shares: Mapping[str, Mapping[str, float]]
    unwanted: Unwanted
    alerted: Mapping[str, int]
    zone: ZoneInfo
    leavers: Sequence[Leaver]


class HomeEvidence:
    """Implements desk.EvidenceDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._views = EvidenceViews(care.home.database)
        self._book = JudgingBook(care.home.database)

    def evidence(self, tenant: str) -> EvidenceSheet:
        known = self._known(tenant)
        policy, ended = known.policy, known.ended
        return EvidenceSheet(
            judged=len(ended),
            waiting=self._views.waiting(tenant),
            first=min((one.facts.as_of for one in ended), default=None),
            last=max((one.judged_on for one in ended), default=None),
            care=_line(known, "", ended),
            rows=_lines(known),
            unmeasured=tuple((name, book.title) for name, book in policy.playbooks.items() if not book.enter.causes),
            whole=tally_endings(ended, "all", leavers=known.leavers).get(""),
            tallies={group: tally_endings(ended, group, leavers=known.leavers) for group in GROUPS},
            titles={name: book.title for name, book in policy.playbooks.items()},
        )

    def _known(self, tenant: str) -> _Known:
        home = self._care.home
        policy = home.policy(tenant)
        complaints = [name for name, trigger in policy.triggers.items() if trigger.verb == "complained"]
        ended = self._book.endings(tenant)
        return _Known(
            policy, ended, self._views.shares(tenant), self._views.unwanted(tenant, complaints),
            self._views.alerted(tenant), home.zone, self._book.leavers(tenant),
        )  # fmt: skip


def _lines(known: _Known) -> tuple[EvidenceLine, ...]:
    """Return a line for each playbook that alerts begin, the most pressing first."""
    of: dict[str, list[Ended]] = {}
    for one in known.ended:
        of.setdefault(one.facts.playbook or "", []).append(one)
    books = sorted(known.policy.playbooks.items(), key=lambda pair: (-pair[1].priority, pair[0]))
    return tuple(_line(known, name, of.get(name, [])) for name, book in books if book.enter.causes and book.enabled)


def _line(known: _Known, playbook: str, ended: Sequence[Ended]) -> EvidenceLine:
    """Return what is known of one playbook; "" for all care together. `ended` are its endings."""
    book = known.policy.playbooks[playbook] if playbook else None
    stated = book.holdout_share if book else known.policy.care.holdout.share
    drawn = known.shares.get(playbook or EVERYTHING, {})
    shares = {tier: drawn.get(tier, stated) for tier in ("core", "regular")}
    strata = _strata(ended, playbook, shares)
    evidence = weigh(
        playbook or None,
        strata,
        guard_rails=_guards(known, ended, playbook, shares) if strata else (),
        cost=_cost(ended, known.policy.care.currency),
    )
    planned = _planned(known, book, stated) if book and not strata else None
    return EvidenceLine(playbook, book.title if book else None, stated, evidence, planned)


def _guards(known: _Known, ended: Sequence[Ended], playbook: str, shares: Mapping[str, float]) -> list[GuardRail]:
    """Judge each guard rail among the very learners that the uplift compares."""
    found = []
    for name, when in known.unwanted.items():
        # The arms are those of the strata; what is counted as staying there is counted as unwanted here.
        told = [replace(one, ending="saved" if _within(one, when, known.zone) else "churned") for one in ended]
        strata = _strata(told, playbook, shares)
        treated = sum((_counts(one.treated) for one in strata), Counts(0, 0))
        held = sum((_counts(one.held) for one in strata), Counts(0, 0))
        found.append(guard_rail(name, treated, held))
    return found


def _within(one: Ended, when: Mapping[str, Sequence[datetime]], zone: ZoneInfo) -> bool:
    """Say whether it happened within the alert's horizon."""
    facts = one.facts
    return any(facts.as_of < local_day(at, zone) <= facts.due_on for at in when.get(facts.learner, ()))


def _planned(known: _Known, book: PlaybookPolicy, share: float) -> Detectable | None:
    n = sum(known.alerted.get(cause, 0) for cause in book.enter.causes)
    judged = [one for one in known.ended if one.ending != "not_judged"]
    stayed = sum(one.ending != "churned" for one in judged)
    if not 0 < share < 1 or n * min(share, 1 - share) < 1 or stayed in (0, len(judged)):
        return None
    return detectable(n, share, stayed / len(judged))


def _strata(ended: Sequence[Ended], playbook: str, shares: Mapping[str, float]) -> tuple[Stratum, ...]:
    """Return the strata of a playbook's experiment; none where nobody is held out, or nobody has been."""
    if not all(0 < share < 1 for share in shares.values()):
        return ()
    strata = strata_of([one for one in ended if one.facts.tier in shares], playbook or None, shares)
    return strata if any(one.held.n for one in strata) else ()


def _counts(arm: object) -> Counts:
    return arm if isinstance(arm, Counts) else Counts(0, 0)


def _cost(ended: Sequence[Ended], currency: str) -> Money | None:
    """Return what was spent on the treated, in the currency of the policy."""
    treated = (one.facts for one in ended if one.facts.arm == "treated")
    spent = sum(facts.cost_minor for facts in treated if facts.currency == currency)
    return Money(spent, currency) if spent else None
