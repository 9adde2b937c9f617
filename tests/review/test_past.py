"""The past as it was seen then, over plain tables: who left, who stayed, and of whom it cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from staycourse.kernel import BadInput, NotEnoughData
from staycourse.policy import Policy, load_policy
from staycourse.review import Past, last_known_day, past_of
from staycourse.review.past import LEFT, STAYED, UNKNOWN
from staycourse.signals import SIGNALS_BY_NAME

FIRST, LAST = date(2026, 1, 31), date(2026, 2, 14)
DATA_ENDS = date(2026, 2, 28)


def policy_of(text: str = "") -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME)


class Told:
    """An engine that was told what to say: ann left, bob stayed, cut's course ended first, new has not begun."""

    def __init__(self, last: date | None = DATA_ENDS) -> None:
        self.last = last
        self.asked: list[tuple[str, int, tuple[date, ...], date]] = []

    def span(self, tenant: str) -> Any:
        return SimpleNamespace(last_event_day=self.last, last_ingest_day=self.last) if self.last else None

    def lessons(
        self,
        tenant: str,
        days: Sequence[date],
        courses: Any,
        *,
        horizon_days: int,
        label: str,
        known_by: date,
        lots: Any = None,
    ) -> Iterator[tuple[date, pa.Table]]:
        self.asked.append((label, horizon_days, tuple(days), known_by))
        for day in days:
            if label == "withdrawal":
                yield day, enrolled(ann=(10, False), bob=(10, True), cut=(10, False), new=(-1, False))
            else:  # in another order, and without those of whom silence says nothing
                yield day, enrolled(new=(-1, True), bob=(10, False), ann=(10, True))


def enrolled(**learners: tuple[int, bool]) -> pa.Table:
    days, outcomes = zip(*learners.values(), strict=True)
    return pa.table({
        "learner": list(learners), "course": ["c"] * len(learners), "course_day": days, "outcome": outcomes,
    })  # fmt: skip


def past(engine: Told, *, first: date = FIRST, last: date = LAST, every: int = 7, horizon: int = 14) -> Past:
    return past_of(engine, "t", (), (), first=first, last=last, every_days=every, horizon_days=horizon)  # type: ignore[arg-type]


def test_the_days_begin_early_enough_to_know_which_alerts_were_open() -> None:
    found = past(Told())
    assert found.days == tuple(FIRST + timedelta(days=7 * step) for step in (-2, -1, 0, 1, 2))
    assert (found.learned_by, found.known_by) == (FIRST - timedelta(days=1), LAST + timedelta(days=14))


@pytest.mark.parametrize(("every", "before"), [(7, 2), (14, 1), (5, 3), (20, 1)])
def test_a_step_that_does_not_divide_the_horizon_goes_back_further(every: int, before: int) -> None:
    assert past(Told(), every=every).days.index(FIRST) == before


def test_silence_is_told_row_for_row_whatever_the_order() -> None:
    found = past(Told())
    seen = found.seen(policy_of())
    assert tuple(day.as_of for day in seen) == found.days
    for day in seen:
        assert day.signals["learner"].to_pylist() == ["ann", "bob", "cut", "new"]
        assert "outcome" not in day.signals.column_names
        assert day.outcome.tolist() == [LEFT, STAYED, UNKNOWN, UNKNOWN]


def test_a_withdrawal_is_told_of_everybody() -> None:
    engine = Told()
    seen = past(engine).seen(policy_of('[churn]\nlabel = "withdrawal"\n'))
    assert np.array_equal(seen[0].outcome, [STAYED, LEFT, STAYED, STAYED])
    assert {label for label, *_ in engine.asked} == {"withdrawal"}


def test_each_definition_of_leaving_is_asked_about_once() -> None:
    engine = Told()
    found = past(engine)
    for policy in (policy_of(), policy_of("[alerts]\nminimum_risk = 0.05\n"), policy_of()):
        assert found.seen(policy) is found.seen(policy_of())
    assert len(engine.asked) == 2
    found.seen(policy_of("[churn]\nhorizon_days = 21\n"))
    assert {horizon for _, horizon, *_ in engine.asked} == {14, 21}
    assert {known for *_, known in engine.asked} == {found.known_by}


def test_only_what_decides_the_scores_is_part_of_the_question() -> None:
    found = past(Told()).by_cards()
    question = found.question(policy_of())
    assert found.question(policy_of("[alerts]\nminimum_risk = 0.05\n")) == question
    assert found.question(policy_of("[churn]\nhorizon_days = 21\n")) != question
    assert found.question(policy_of("[scorecard]\nintercept = -1.5\n")) != question


def test_nothing_is_scored_where_nobody_was() -> None:
    found = past(Told()).by_cards()
    day = found.seen(policy_of())[0]
    nobody = type(day)(day.as_of, day.signals.slice(0, 0), day.outcome[:0])
    assert found.risks(policy_of(), nobody).num_rows == 0


def test_days_whose_outcome_nobody_knows_yet_are_refused() -> None:
    assert last_known_day(Told(), "t", 14) == LAST  # type: ignore[arg-type]
    with pytest.raises(NotEnoughData, match="2026-02-14"):
        past(Told(), last=LAST + timedelta(days=1))
    with pytest.raises(NotEnoughData):
        past(Told(last=None))
    with pytest.raises(BadInput):
        past(Told(), last=FIRST - timedelta(days=1))
