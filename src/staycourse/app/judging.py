"""Judging on one home: alerts whose horizon has passed get their ending from what was known on the judging day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from staycourse.adapters.store import Done, JudgingBook
from staycourse.app.care import Care
from staycourse.care import EVERYTHING
from staycourse.kernel import local_day
from staycourse.policy import Policy
from staycourse.review import AlertFacts, judge

SETTLE_DAYS = 1
"""Days after the horizon for its last events to arrive: a platform hands a day over in the night after it."""


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
