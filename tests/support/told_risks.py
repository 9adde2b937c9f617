"""Risks of a night as a test wants them: many learners, plainly numbered, with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pyarrow as pa

from staycourse.adapters.store import Run
from staycourse.app.homes import Home
from staycourse.risk.assess import RISKS_SCHEMA

AS_OF = date(2026, 3, 1)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def risk_row(learner: str, number: int, as_of: date = AS_OF, course: str = "maths") -> dict[str, object]:
    """Return one row of the risks."""
    reason = {"signal": "days_absent", "category": "login", "contribution": 1.5, "value": float(number % 30)}
    return {
        "learner": learner, "course": course, "as_of": as_of, "risk": (number % 100) / 100, "learner_risk": 0.1,
        "tier": "core" if number % 3 == 0 else "regular", "value": 0.5, "paid_minor": None, "currency": None,
        "absent_days": number % 30, "days_in": 40, "cause": "too_hard" if number % 2 else "price", "rules": ["absent"],
        "reasons": [reason], "categories": [{"category": "login", "contribution": 1.5}], "basis": "model",
        "model": "m1", "policy_version": 1,
    }  # fmt: skip


def keep_night(home: Home, tenant: str, learners: Iterable[str], as_of: date = AS_OF) -> None:
    """Publish a night with one risk of each learner."""
    rows = [risk_row(learner, number, as_of) for number, learner in enumerate(learners)]
    home.shelf.keep_risks(tenant, as_of, pa.Table.from_pylist(rows, schema=RISKS_SCHEMA))
    run = Run(as_of=as_of, started=AT, finished=AT, enrolments=len(rows), candidates=0, basis="model", model="m1",
              policy_version=1, steps=[])  # fmt: skip
    home.store.put_run(tenant, run, [])
