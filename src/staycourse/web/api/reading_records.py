"""From rows of files and tables to the API's records, in the language that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staycourse import client as out
from staycourse.desk import Reason, reason_text
from staycourse.events import Course
from staycourse.kernel import Words
from staycourse.signals import CATALOGUE, Signal

Row = Mapping[Any, Any]

_RISK = (
    "learner", "course", "as_of", "risk", "learner_risk", "tier", "value", "absent_days", "days_in", "cause", "rules",
    "basis", "model", "policy_version",
)  # fmt: skip
_ALERT = tuple(name for name in out.Alert.__struct_fields__ if name not in ("rules", "reasons", "risk"))
_JOURNEY = tuple(name for name in out.Journey.__struct_fields__ if name != "step")
_MESSAGE = out.Message.__struct_fields__
_PAST = out.PastRisk.__struct_fields__
_NOW = tuple(name for name in out.RiskNow.__struct_fields__ if name not in ("rules", "reasons"))


def risk_of(row: Row, words: Words) -> out.Risk:
    """Return one risk with its reasons in words."""
    reasons = [_reason(Reason(**one), words) for one in row["reasons"]]
    categories = {one["category"]: one["contribution"] for one in row["categories"]}
    return out.Risk(reasons=reasons, categories=categories, **{name: row[name] for name in _RISK})


def past_of(row: Row) -> out.PastRisk:
    """Return one risk of an earlier night."""
    return out.PastRisk(**{name: row[name] for name in _PAST})


def now_of(row: Row, words: Words) -> out.RiskNow:
    """Return one risk of after the newest night, with its reasons in words."""
    reasons = [_reason(Reason(**one), words) for one in row["reasons"]]
    return out.RiskNow(rules=list(row["rules"]), reasons=reasons, **{name: row[name] for name in _NOW})


def alert_of(row: Row, words: Words) -> out.Alert:
    """Return one alert with its reasons in words."""
    reasons = [_reason(Reason(**one), words) for one in row["reasons"]]
    known = {name: row[name] for name in _ALERT}
    return out.Alert(rules=list(row["rules"]), reasons=reasons, risk=row["risk"] or None, **known)


def journey_of(row: Row, _words: Words) -> out.Journey:
    """Return one journey."""
    return out.Journey(step=row["step"] or "", **{name: row[name] for name in _JOURNEY})


def message_of(row: Row, _words: Words) -> out.Message:
    """Return one message without its words."""
    return out.Message(**{name: row[name] for name in _MESSAGE})


def course_of(course: Course) -> out.CourseLine:
    """Return one course."""
    return out.CourseLine(
        course=course.course, title=course.title or course.course, starts_on=course.starts_on, ends_on=course.ends_on
    )


def signals_in(row: Row) -> out.EnrolmentSignals:
    """Return the signals of one enrolment."""
    values = {signal.name: _number(row[signal.name]) for signal in CATALOGUE if signal.name in row}
    return out.EnrolmentSignals(course=row["course"], enrolled_on=row["enrolled_on"], signals=values)


def catalogue(words: Words) -> list[out.Signal]:
    """Return every signal there is."""
    return [_signal(one, words) for one in CATALOGUE]


def _signal(one: Signal, words: Words) -> out.Signal:
    return out.Signal(
        signal=one.name,
        name=words.named("signal", one.name, "name"),
        meaning=words.t(f"signal.{one.name}.explain"),
        category=one.category,
        direction=one.direction,
        cause=one.cause,
        scope=one.scope,
        unit=one.unit,
    )


def _reason(reason: Reason, words: Words) -> out.Reason:
    return out.Reason(
        signal=reason.signal, category=reason.category, contribution=reason.contribution, value=_number(reason.value),
        words=reason_text(reason, words),
    )  # fmt: skip


def _number(value: float | None) -> float | None:
    """JSON has no NaN: what is not known is null."""
    return None if value is None or value != value else value  # noqa: PLR0124
