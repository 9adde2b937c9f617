"""Who was lost, whether anything alerted or not: what the recall of alerts is counted against."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.store.care import JudgingBook
from staycourse.app.care.care import Care
from staycourse.review import Leaver

CURSOR = "leavers"
"""Keeps the newest night whose leavers have been noted."""


def note_leavers(care: Care, as_of: date) -> int:
    """Note the enrolments that left within the horizon after the newest night old enough; return how many are new.

    One question to the engine a night. Left has who was not silent for the whole horizon on that night, and was when
    the horizon had passed. Nothing is noted for days of which the lake does not know yet.
    """
    home = care.home
    policy = home.policy(home.tenant)
    horizon = policy.churn.horizon_days
    span = home.engine.span(home.tenant)
    known_by = min(as_of, span.last_event_day) if span else as_of
    nights = home.store.runs(home.tenant, until=known_by - timedelta(days=horizon), limit=1)
    if not nights or nights[0].as_of.isoformat() <= care.facts.cursor(home.tenant, CURSOR):
        return 0
    night = nights[0].as_of
    risks = home.shelf.risks(home.tenant, night)
    if risks is None:
        return 0
    outcomes = home.engine.outcomes(
        home.tenant, night, home.store.courses(home.tenant), horizon_days=horizon, label=policy.churn.label,
        known_by=known_by,
    )  # fmt: skip
    noted = JudgingBook(home.database).put_leavers(home.tenant, _leavers(risks, outcomes, night, horizon))
    care.facts.put_cursor(home.tenant, CURSOR, night.isoformat())
    return noted


def _leavers(risks: pa.Table, outcomes: pa.Table, night: date, horizon: int) -> Iterator[Leaver]:
    lost = outcomes.filter(pc.field("outcome"))
    gone = set(zip(lost["learner"].to_pylist(), lost["course"].to_pylist(), strict=True))
    rows = risks.select(["learner", "course", "tier", "absent_days"]).filter(pc.field("absent_days") <= horizon)
    for row in rows.to_pylist():
        if (row["learner"], row["course"]) in gone:
            left_on = night + timedelta(days=horizon - row["absent_days"])
            yield Leaver(learner=row["learner"], course=row["course"], tier=row["tier"], left_on=left_on)
