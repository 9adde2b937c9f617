"""Outcomes, silences, lessons and a learner's days, against plain definitions."""

from __future__ import annotations

from collections import Counter as Multiset
from itertools import pairwise

import ibis
import pytest
from kinds import ONE_OF_EACH
from plain_definitions import Happening, Known
from small_school import AS_OF, COURSES, FIRST, courses, day

from staycourse.adapters.engines.statements import seen_statement, sql_of
from staycourse.signals import CATALOGUE, ROLLUP_COLUMNS, SPANS, Label, SignalEngine, seen

HORIZON = 7
ASKED = FIRST + 40
KNOWN_BY = ASKED + HORIZON + 2


def _outcomes(chanced: list[Happening], label: Label) -> dict[tuple[str, str], bool]:
    later = Known([h for h in chanced if ASKED < h.day <= ASKED + HORIZON], KNOWN_BY)
    found = {}
    for learner, course in Known(chanced, ASKED, COURSES).open:
        own, end = later.of(learner, course), COURSES[course][1]
        if label == "withdrawal":
            found[learner, course] = bool(own.ages("withdrawals"))
        elif (end is None or end >= ASKED + HORIZON) and not own.ages("completions"):
            found[learner, course] = not own.ages("activity")
    return found


def test_as_many_are_watched_as_are_open(engine: SignalEngine, chanced: list[Happening]) -> None:
    assert engine.watched("school", day(ASKED), courses()) == len(Known(chanced, ASKED, COURSES).open) > 5
    assert engine.watched("school", day(FIRST - 1), courses()) == 0


@pytest.mark.parametrize("label", ["silence", "withdrawal"])
def test_outcomes_equal_the_plain_definition(engine: SignalEngine, chanced: list[Happening], label: Label) -> None:
    table = engine.outcomes("school", day(ASKED), courses(), horizon_days=HORIZON, label=label, known_by=day(KNOWN_BY))
    found = {(row["learner"], row["course"]): row["outcome"] for row in table.to_pylist()}
    assert found == _outcomes(chanced, label)
    assert table.num_rows == len(found) > 5


@pytest.mark.parametrize(("label", "whole"), [("silence", True), ("withdrawal", False)])
def test_many_days_at_once_give_what_each_day_gives_alone(
    engine: SignalEngine, sweeping: SignalEngine, kind: str, label: Label, whole: bool
) -> None:
    asked_of = engine if whole else sweeping  # the whole catalogue once: what became of them changes no signal
    days = [day(FIRST + number) for number in (10, 25, 40)]
    if kind == "spark" and not whole:
        pytest.skip("Spark plans a day's signals in seconds: one label tells")
    if kind != "duckdb":  # two days are many already, and each takes seconds
        days = days[1:]
    together = dict(
        asked_of.lessons("school", days, courses(), horizon_days=HORIZON, label=label, known_by=day(KNOWN_BY))
    )
    assert list(together) == days
    for asked in days:
        signals = {(r["learner"], r["course"]): r for r in asked_of.signals("school", asked, courses()).to_pylist()}
        outcomes = asked_of.outcomes(
            "school", asked, courses(), horizon_days=HORIZON, label=label, known_by=day(KNOWN_BY)
        )
        expected = [signals[r["learner"], r["course"]] | {"outcome": r["outcome"]} for r in outcomes.to_pylist()]
        assert together[asked].to_pylist() == expected
        assert {signal.name for signal in (CATALOGUE if whole else ONE_OF_EACH)} < set(together[asked].column_names)


def _silences(chanced: list[Happening]) -> Multiset[tuple[str, int, bool]]:
    known = Known(chanced, AS_OF, COURSES)
    found: Multiset[tuple[str, int, bool]] = Multiset()
    learners = {h.learner for h in known.seen}
    for learner, course in [(learner, course) for learner in learners for course in (None, *COURSES)]:
        own = known.of(learner, course)
        days = sorted(set(own.ages("activity")), reverse=True)
        if not days:
            continue
        ends = own.ages("completions") if course else []
        end = COURSES[course][1] if course else None
        closed = max([0, *ends, *([AS_OF - end] if end is not None else [])])
        found.update((course or "", a - b - 1, True) for a, b in pairwise(days) if a - b > 1)
        if days[-1] - closed > 0:
            found[course or "", days[-1] - closed, False] += 1
    return found


def test_silences_equal_the_plain_definition(engine: SignalEngine, chanced: list[Happening]) -> None:
    table = engine.gaps("school", day(AS_OF), courses())
    found = Multiset({(r["course"], r["gap_days"], r["returned"]): r["count"] for r in table.to_pylist()})
    assert found == _silences(chanced)


def test_a_learners_days_carry_the_counts_of_that_learner(engine: SignalEngine, chanced: list[Happening]) -> None:
    learner = chanced[0].learner
    table = engine.activity("school", learner, day(AS_OF))
    known = Known(chanced, AS_OF, COURSES)
    for row in table.to_pylist():
        age = AS_OF - (row["event_day"] - day(0)).days
        own = known.of(learner, row["course"])
        for counter in ("activity", "quality_samples", "freeze_sum", "poor_samples", "slow_samples", "rejoins"):
            assert row[counter] == own.between([counter], age, age + 1)
    assert table.num_rows == len({(h.course, h.day) for h in known.seen if h.learner == learner})


def test_enrolments_ever_heard_of_are_counted_up_to_a_bound(engine: SignalEngine, chanced: list[Happening]) -> None:
    watched = engine.watched("school", day(ASKED), courses())
    everyone = engine.enrolled("school", 1_000)
    assert watched <= everyone < 1_000
    assert engine.enrolled("school", 3) == 3


@pytest.mark.parametrize("dialect", ["duckdb", "clickhouse", "spark"])
@pytest.mark.parametrize("days", [None, *SPANS])
def test_a_statement_of_any_day_is_what_is_compiled_for_that_day(dialect: str, days: int | None) -> None:
    for as_of in (ASKED, 0, 20_500):
        compiled = sql_of(seen(ibis.table(ROLLUP_COLUMNS, name="rollup"), as_of, days), dialect)
        assert seen_statement(dialect, as_of, days) == compiled
