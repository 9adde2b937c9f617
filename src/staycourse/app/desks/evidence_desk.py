"""The evidence of one home, put together for the people who look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from staycourse.adapters.store.care import EntryBook
from staycourse.adapters.store.views import EndingViews, EvidenceViews
from staycourse.app.care.care import Care
from staycourse.care import EVERYTHING
from staycourse.desk import GROUPS, EvidenceLine, EvidenceSheet
from staycourse.kernel import Money
from staycourse.policy import Judged, PlaybookPolicy, Policy
from staycourse.review import (
    TIERS,
    Detectable,
    EndingCount,
    EntryCount,
    LeaverCount,
    Seen,
    Stratum,
    UnwantedCount,
    detectable,
    guard_rails,
    seen_of_alerts,
    seen_of_entries,
    strata_by_tier,
    tally_endings,
    weigh,
)

SIDE_BY_SIDE = 2
"""How many of its questions the evidence asks at a time: each reads in a transaction of its own anyway."""

RAILS = ("unsubscribe", "complaint")
"""What nobody wants: it is counted beside every playbook."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What all lines are made from: policy, endings, what was drawn, what nobody wanted, who had an alert, who left."""

    policy: Policy
    ended: Sequence[EndingCount]
    entries: Sequence[EntryCount]
    shares: Mapping[str, Mapping[str, float]]
    unwanted: Sequence[UnwantedCount]
    alerted: Mapping[str, int]
    leavers: Sequence[LeaverCount]


@dataclass(frozen=True, slots=True)
class _Told:
    """What speaks for one playbook, from alerts or from entries: who is compared, by what, and what was spent."""

    seen: Sequence[Seen]
    judged_by: Judged
    cost: Money | None


class HomeEvidence:
    """Implements desk.EvidenceDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._views = EvidenceViews(care.home.database)
        self._endings = EndingViews(care.home.database)
        self._entries = EntryBook(care.home.database)

    def evidence(self, tenant: str) -> EvidenceSheet:
        known = self._known(tenant)
        policy, ended = known.policy, known.ended
        return EvidenceSheet(
            judged=sum(one.n for one in ended),
            entries=sum(one.n for one in known.entries),
            waiting=self._views.waiting(tenant),
            entries_waiting=self._entries.waiting(tenant),
            first=min((one.opened for one in ended), default=None),
            last=max((one.judged for one in ended), default=None),
            care=_line(known, "", _told_by_alerts(known, "", ended)),
            rows=_lines(known),
            unmeasured=tuple(
                (name, book.title) for name, book in policy.playbooks.items() if book.enabled and not _drawn(book)
            ),
            whole=tally_endings(ended, "all", leavers=known.leavers).get(""),
            tallies={group: tally_endings(ended, group, leavers=known.leavers) for group in GROUPS},
            titles={name: book.title for name, book in policy.playbooks.items()},
        )

    def _known(self, tenant: str) -> _Known:
        home = self._care.home
        policy = home.policy(tenant)
        complaints = [name for name, trigger in policy.triggers.items() if "complained" in trigger.heard]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as reading:  # the longest first
            ended = reading.submit(self._endings.counts, tenant)
            leavers = reading.submit(self._endings.leavers, tenant)
            entries = reading.submit(self._entries.counts, tenant)
            shares = reading.submit(self._views.shares, tenant)
            alerted = reading.submit(self._views.alerted, tenant)
            unwanted = reading.submit(self._endings.unwanted, tenant, complaints, home.zone)
            return _Known(
                policy, ended.result(), entries.result(), shares.result(), unwanted.result(), alerted.result(),
                leavers.result(),
            )  # fmt: skip


def _drawn(book: PlaybookPolicy) -> bool:
    """Say whether anybody is held out of a playbook: of the lifecycle's some are for everybody."""
    return bool(book.enter.causes) or (book.holdout_share > 0 and book.purpose != "service")


def _lines(known: _Known) -> tuple[EvidenceLine, ...]:
    """Return a line for each playbook that holds anybody out, the most pressing first."""
    of: dict[str, list[EndingCount]] = {}
    for one in known.ended:
        of.setdefault(one.playbook or "", []).append(one)
    books = sorted(known.policy.playbooks.items(), key=lambda pair: (-pair[1].priority, pair[0]))
    lines = []
    for name, book in books:
        if book.enabled and _drawn(book):
            told = (
                _told_by_alerts(known, name, of.get(name, [])) if book.enter.causes else _told_by_entries(known, name)
            )
            lines.append(_line(known, name, told))
    return tuple(lines)


def _told_by_alerts(known: _Known, playbook: str, ended: Sequence[EndingCount]) -> _Told:
    seen = seen_of_alerts(ended, playbook or None, known.unwanted)
    return _Told(seen, "stays", _cost(ended, known.policy.care.currency))


def _told_by_entries(known: _Known, playbook: str) -> _Told:
    judged_by, currency = known.policy.playbooks[playbook].judged, known.policy.care.currency
    some = [one for one in known.entries if one.tier in TIERS]
    spent = sum(one.cost_minor for one in some if (one.playbook, one.arm, one.currency) ==
                (playbook, "treated", currency))  # fmt: skip
    return _Told(seen_of_entries(some, playbook, judged_by), judged_by, Money(spent, currency) if spent else None)


def _line(known: _Known, playbook: str, told: _Told) -> EvidenceLine:
    """Return what is known of one playbook; "" for all care together."""
    book = known.policy.playbooks[playbook] if playbook else None
    stated = book.holdout_share if book else known.policy.care.holdout.share
    drawn = known.shares.get(playbook or EVERYTHING, {})
    shares = {tier: drawn.get(tier, stated) for tier in TIERS}
    strata = _strata(told.seen, shares)
    evidence = weigh(
        playbook or None,
        strata,
        guard_rails=guard_rails(told.seen, RAILS) if strata else (),
        cost=told.cost,
        judged_by=told.judged_by,
    )
    planned = _planned(known, book, stated) if book and not strata else None
    return EvidenceLine(playbook, book.title if book else None, stated, evidence, planned)


def _planned(known: _Known, book: PlaybookPolicy, share: float) -> Detectable | None:
    n = sum(known.alerted.get(cause, 0) for cause in book.enter.causes)
    judged = sum(one.n for one in known.ended if one.ending != "not_judged")
    stayed = sum(one.n for one in known.ended if one.ending not in ("not_judged", "churned"))
    if not 0 < share < 1 or n * min(share, 1 - share) < 1 or stayed in (0, judged):
        return None
    return detectable(n, share, stayed / judged)


def _strata(seen: Sequence[Seen], shares: Mapping[str, float]) -> tuple[Stratum, ...]:
    """Return the strata of a playbook's experiment; none where nobody is held out, or nobody has been."""
    if not all(0 < share < 1 for share in shares.values()) or not any(one.held for one in seen):
        return ()
    return strata_by_tier(seen, shares)


def _cost(ended: Sequence[EndingCount], currency: str) -> Money | None:
    """Return what was spent on the treated, in the currency of the policy."""
    spent = sum(one.cost_minor for one in ended if one.arm == "treated" and one.currency == currency)
    return Money(spent, currency) if spent else None
