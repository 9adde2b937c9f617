"""The contract of every engine: each signal of the catalogue equals its plain definition, to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa
import pytest
from kinds import engine_at
from plain_definitions import Happening, Known
from small_school import AS_OF, COURSES, FIRST, Lake, courses, day, happenings

from staycourse.signals import CATALOGUE, Signal, SignalEngine

Platform = Callable[[Iterable[Happening]], SignalEngine]


def _values(table: pa.Table, name: str) -> dict[tuple[str, str], float | None]:
    keys = zip(table["learner"].to_pylist(), table["course"].to_pylist(), strict=True)
    return dict(zip(keys, table[name].to_pylist(), strict=True))


def test_the_open_enrolments_are_those_that_the_plain_definition_finds(table: pa.Table, known: Known) -> None:
    enrolled = {key: day(AS_OF - first) for key, (first, _, _) in known.open.items()}
    course_days = {key: number for key, (_, _, number) in known.open.items()}
    assert len(enrolled) > 12
    assert _values(table, "enrolled_on") == enrolled
    assert _values(table, "course_day") == course_days


@pytest.mark.parametrize("signal", CATALOGUE, ids=lambda signal: signal.name)
def test_each_signal_equals_its_plain_definition(signal: Signal, table: pa.Table, known: Known) -> None:
    expected = {key: values[signal.name] for key, values in known.signals.items()}
    assert _values(table, signal.name) == expected


def test_the_random_platform_tells_the_signals_apart(known: Known) -> None:
    constant = {
        signal.name for signal in CATALOGUE if len({values[signal.name] for values in known.signals.values()}) < 2
    }
    assert len(constant) < 6, constant


@pytest.mark.parametrize(("seed", "as_of"), [(2, FIRST + 1), (3, FIRST + 20), (4, FIRST + 90), (5, FIRST + 200)])
def test_all_signals_equal_their_plain_definitions_on_other_days(platform: Platform, seed: int, as_of: int) -> None:
    events = happenings(seed, learners=6, count=600)
    table = platform(events).signals("school", day(as_of), courses())
    plain = Known(events, as_of, COURSES).signals
    for signal in CATALOGUE:
        assert _values(table, signal.name) == {key: values[signal.name] for key, values in plain.items()}, signal.name


def test_a_learner_of_habit_who_misses_a_weekday_is_seen(platform: Platform) -> None:
    mondays = [
        Happening("regular", "art", "content_viewed", 1, FIRST + 7 * week + shift, 9, None, FIRST + 7 * week + shift)
        for week in range(8)
        for shift in (0, 2)
    ]
    as_of = FIRST + 7 * 8 + 1
    (row,) = platform(mondays).signals("school", day(as_of), []).to_pylist()
    assert (row["weekday_habit"], row["weekdays_missed"]) == (8, 1)


def test_one_learner_can_be_asked_for_and_keeps_the_rank_among_all(engine: SignalEngine, table: pa.Table) -> None:
    learner = table["learner"][0].as_py()
    alone = engine.signals("school", day(AS_OF), courses(), learner=learner)
    assert alone.to_pylist() == [row for row in table.to_pylist() if row["learner"] == learner]


def test_the_columns_are_the_promised_ones(table: pa.Table) -> None:
    assert table.column_names == ["learner", "course", "enrolled_on", "course_day", *(s.name for s in CATALOGUE)]
    assert table.schema.field("enrolled_on").type == pa.date32()
    assert table.schema.field("course_day").type == pa.int32()
    assert {str(table.schema.field(signal.name).type) for signal in CATALOGUE} == {"double"}


def test_an_empty_tenant_has_no_signals_and_no_span(platform: Platform) -> None:
    engine = platform([])
    assert engine.span("school") is None
    assert engine.signals("school", day(AS_OF), courses()).num_rows == 0
    assert engine.gaps("school", day(AS_OF), courses()).num_rows == 0


def test_a_catalogue_that_compares_nobody_is_answered_too(kind: str, rolled_up: Lake, table: pa.Table) -> None:
    alone = tuple(signal for signal in CATALOGUE if signal.name in ("days_absent", "activity_7d"))
    found = engine_at(kind, rolled_up, alone).signals("school", day(AS_OF), courses())
    assert found.equals(table.select(found.column_names))
    assert set(found.column_names) == {"learner", "course", "enrolled_on", "course_day", "days_absent", "activity_7d"}
