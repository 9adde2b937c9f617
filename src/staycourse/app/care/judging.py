"""Judging on one home: alerts and entries whose horizon has passed get their ending from what was known by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from staycourse.adapters.store.care import Done, EntryBook, JudgingBook
from staycourse.adapters.store.views import EvidenceViews
from staycourse.app.care.care import Care
from staycourse.care import EVERYTHING
from staycourse.kernel import local_day
from staycourse.policy import Policy
from staycourse.review import AlertFacts, EntryFacts, judge, judge_entries

SETTLE_DAYS = 1
"""Days after the horizon for its last events to arrive: a platform hands a day over in the night after it."""

SETTLED = timedelta(days=SETTLE_DAYS)

AT_ONCE = 50_000
"""So many entries are judged before they are kept and the next ones asked for: some 50 MB."""

_SEEN = ["returned_on", "last_learning_on", "withdrew_on", "paid_on"]


def judge_due(care: Care, as_of: date) -> int:
    """Give the alerts whose horizon had passed by the end of `as_of` their endings; return how many were judged.

    Where nothing is due this is one small question to the store. Judged is by the last day of which the lake knows, so
    that silence in data that has stopped coming is no silence; twice the same night changes nothing.
    """
    home = care.home
    book = JudgingBook(home.database)
    if not book.due(home.tenant, as_of):
        return 0
    span = home.engine.span(home.tenant)
    if span is None:
        return 0
    known_by = min(as_of, span.last_event_day)
    due = book.due(home.tenant, known_by)
    if not due:
        return 0
    policy = home.policy(home.tenant)
    facts = _facts(care, due, book.done_for(home.tenant, [row["alert"] for row in due]), known_by, policy)
    ended = judge(facts, label=policy.churn.label, known_by=known_by, settle_days=SETTLE_DAYS)
    return book.keep(home.tenant, ended, home.settings.clock.now())


def judge_entries_due(care: Care, as_of: date) -> int:
    """Give the entries that no alert began their endings, as judge_due does alerts; return how many were judged.

    Some at a time, each batch kept before the next is asked for: however many are due, the memory is that of one batch,
    and who is killed in the middle goes on after the last batch kept.
    """
    home = care.home
    book, judged = EntryBook(home.database), 0
    if not book.due(home.tenant, as_of - SETTLED, 1):
        return 0
    span = home.engine.span(home.tenant)
    if span is None:
        return 0
    known_by, policy = min(as_of, span.last_event_day), home.policy(home.tenant)
    while due := book.due(home.tenant, known_by - SETTLED, AT_ONCE):
        facts = _seen_after(care, due, known_by, policy)
        ended = judge_entries(facts, label=policy.churn.label, known_by=known_by, settle_days=SETTLE_DAYS)
        kept = book.keep(home.tenant, ended, home.settings.clock.now())
        judged += kept
        if not kept:  # another has judged them meanwhile, or they were erased
            break
    return judged


def _seen_after(care: Care, due: Sequence[EntryFacts], known_by: date, policy: Policy) -> Iterator[EntryFacts]:
    """Put together what is known of each entry that is due: of the learner over all courses."""
    home = care.home
    asked = pa.table({
        "learner": pa.array([one.learner for one in due], pa.string()),
        "course": pa.array([""] * len(due), pa.string()),
        "as_of": pa.array([one.as_of for one in due], pa.date32()),
        "horizon_days": pa.array([(one.due_on - one.as_of).days for one in due], pa.int32()),
    })  # fmt: skip
    found = home.engine.afterwards(home.tenant, asked, known_by=known_by)
    after = zip(*(found[name].to_pylist() for name in _SEEN), strict=True)
    complaints = [name for name, trigger in policy.triggers.items() if "complained" in trigger.heard]
    unwanted = EvidenceViews(home.database).unwanted(home.tenant, complaints, [one.learner for one in due])
    spent = _spent(care, due, policy)

    def met(one: EntryFacts, when: Mapping[str, Sequence[datetime]]) -> bool:
        if one.learner not in when:
            return False
        return any(one.as_of < local_day(at, home.zone) <= one.due_on for at in when[one.learner])

    for one, (returned, learned, withdrew, paid) in zip(due, after, strict=True):
        yield EntryFacts(
            one.learner, one.playbook, one.tier, one.arm, one.as_of, one.due_on, one.judged_by,
            returned, learned, withdrew, paid, unsubscribed=met(one, unwanted["unsubscribe"]),
            complained=met(one, unwanted["complaint"]),
            cost_minor=spent.get((one.playbook, one.learner), 0), currency=policy.care.currency,
        )  # fmt: skip


def _spent(care: Care, due: Sequence[EntryFacts], policy: Policy) -> Mapping[tuple[str, str], int]:
    """Return what was spent for each playbook and learner for whom anything was."""
    home, found = care.home, {}
    book = JudgingBook(home.database)
    for playbook in sorted({one.playbook for one in due}):
        learners = [one.learner for one in due if one.playbook == playbook]
        for learner, done in book.done_in(home.tenant, playbook, learners).items():
            found[playbook, learner] = _cost(done, policy)
    return found


def _facts(
    care: Care, due: Sequence[Mapping[str, Any]], done: Mapping[str, Done], known_by: date, policy: Policy
) -> list[AlertFacts]:
    """Put together what is known of each alert that is due."""
    home = care.home
    ends = {course.course: course.ends_on for course in home.store.courses(home.tenant)}
    asked = pa.table({
        "learner": pa.array([row["learner"] for row in due], pa.string()),
        "course": pa.array([row["course"] for row in due], pa.string()),
        "as_of": pa.array([row["as_of"] for row in due], pa.date32()),
        "horizon_days": pa.array([row["horizon_days"] for row in due], pa.int32()),
    })  # fmt: skip
    after = home.engine.afterwards(home.tenant, asked, known_by=known_by).to_pylist()
    facts = []
    for row, came in zip(due, after, strict=True):
        what = done.get(row["alert"], Done())
        facts.append(
            AlertFacts(
                alert=row["alert"], learner=row["learner"], course=row["course"], as_of=row["as_of"],
                horizon_days=row["horizon_days"], tier=row["tier"], cause=row["cause"], rules=tuple(row["rules"]),
                playbook=row["playbook"] if row["playbook"] not in ("", EVERYTHING) else None,
                channel=what.channel or None, arm=row["arm"], absent_days=came["absent_days"] or 0,
                returned_on=came["returned_on"], last_learning_on=came["last_learning_on"],
                withdrew_on=came["withdrew_on"], ends_on=ends.get(row["course"]),
                contacted_on=local_day(what.contacted, home.zone) if what.contacted else None,
                cost_minor=_cost(what, policy), currency=policy.care.currency,
            )
        )  # fmt: skip
    return facts


def _cost(done: Done, policy: Policy) -> int:
    """Return minor units: advisors' time, and coupons of a stated amount in the same currency. A message costs none."""
    care = policy.care
    given = (policy.campaigns[name] for name in done.campaigns if name in policy.campaigns)
    coupons = sum(one.amount_off_minor for one in given if one.currency == care.currency)
    return round(done.minutes * care.advisor_minor_per_hour / 60) + coupons
