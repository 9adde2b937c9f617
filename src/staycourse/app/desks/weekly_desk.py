"""The weekly review of one home."""

from __future__ import annotations

from datetime import date, timedelta

from staycourse.adapters.store.views import EndingViews, EvidenceViews, WeeklyViews
from staycourse.app.care.care import Care
from staycourse.app.desks.evidence_desk import HomeEvidence
from staycourse.desk import Caveat, WeekEnded, WeekReview
from staycourse.kernel import BadInput, day_start, local_day, worded
from staycourse.review import tally_endings

WEEK = timedelta(days=7)
SIMULATED = "simulated"
"""The cursor by which a home's learners are marked as simulated."""


class HomeWeeks:
    """Implements desk.WeeklyDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._views = WeeklyViews(care.home.database)
        self._endings = EndingViews(care.home.database)
        self._evidence = HomeEvidence(care)

    def review(self, tenant: str, week: date | None) -> WeekReview:
        home = self._care.home
        today = local_day(home.settings.clock.now(), home.zone)
        first = _monday(week) if week else _monday(today) - WEEK
        if first > today:
            raise BadInput(
                worded("the week of {first} has not begun", first=first), where="week", mend="choose an earlier day"
            )
        start, end = day_start(first, home.zone), day_start(first + WEEK, home.zone)
        sheet = self._evidence.evidence(tenant)
        return WeekReview(
            tenant=tenant,
            first=first,
            caveat=caveat_of(self._care, tenant),
            whole=first + WEEK <= today,
            policy=home.policy(tenant),
            seen=self._views.seen(tenant, first, first + WEEK - timedelta(days=1), start, end),
            done=self._views.done(tenant, start, end),
            ended=self._ended(tenant, first),
            care=sheet.care,
            playbooks=sheet.rows,
        )

    def _ended(self, tenant: str, first: date) -> WeekEnded:
        last = first + WEEK - timedelta(days=1)
        now = self._endings.counts(tenant, first=first, last=last)
        before = self._endings.counts(tenant, first=first - WEEK, last=last - WEEK)
        return WeekEnded(
            whole=tally_endings(now, "all").get(""),
            before=tally_endings(before, "all").get(""),
            by_rule=tuple(tally_endings(now, "rule").items()),
        )


def caveat_of(care: Care, tenant: str) -> Caveat:
    """Say whether the tenant's learners are the simulator's, or every message so far was only written into a file."""
    if care.facts.cursor(tenant, SIMULATED):
        return "simulated"
    files = [name for name, channel in care.channels.items() if channel.kind == "file"]
    sent = EvidenceViews(care.home.database).sent
    return "unreached" if sent(tenant) and not sent(tenant, but=files) else ""


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
