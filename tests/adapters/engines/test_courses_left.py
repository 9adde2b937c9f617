"""How many left a course of late: on a platform that many leave, by every engine, alone and for many days at once."""

from __future__ import annotations

import random
from collections import Counter as Multiset
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kinds import ONE_OF_EACH, engine_at
from plain_definitions import Happening, Known
from small_school import AS_OF, COURSES, Lake, courses, day

from staycourse.signals import SignalEngine

LEFT = "course_left_28d"
DAYS = (AS_OF - 20, AS_OF - 1, AS_OF)


def leaving(seed: int, learners: int = 60) -> list[Happening]:
    """Return enrolments in every course, of which half are withdrawn, some twice, some told of late."""
    chance = random.Random(seed)
    found = []
    for number in range(learners):
        for course in COURSES:
            begun = AS_OF - chance.randint(5, 60)
            found.append(Happening(f"learner {number}", course, "enrolled", None, begun, 9, None, begun))
            for _ in range(chance.choice((0, 0, 1, 1, 2))):
                gone = min(chance.randint(begun, AS_OF + 5), chance.choice((AS_OF - 9, AS_OF + 5)))
                arrived = max(gone, begun) + chance.choice((0, 0, 0, 2, 15))
                found.append(Happening(f"learner {number}", course, "withdrawn", None, gone, 9, None, arrived))
    return found


def by_enrolment(table) -> dict[tuple[str, str], float | None]:  # type: ignore[no-untyped-def]
    pairs = zip(table["learner"].to_pylist(), table["course"].to_pylist(), strict=True)
    return dict(zip(pairs, table[LEFT].to_pylist(), strict=True))


def plainly(events: list[Happening], as_of: int) -> dict[tuple[str, str], float | None]:
    known = Known(events, as_of, COURSES)
    shares = {course: float(known.left_lately(course, 28)) for course in {course for _, course in known.open}}
    return {key: shares[key[1]] for key in known.open}


@pytest.fixture(scope="module")
def left(kind: str, tmp_path_factory: pytest.TempPathFactory) -> SignalEngine:
    lake = Lake(tmp_path_factory.mktemp("left"))
    lake.add(leaving(1))
    engine = engine_at(kind, lake, ONE_OF_EACH)
    engine.roll_up("school")
    return engine


def test_the_share_equals_its_plain_definition_and_courses_differ(left: SignalEngine) -> None:
    expected = plainly(leaving(1), AS_OF)
    assert len({value for value in expected.values() if value}) == 3
    assert by_enrolment(left.signals("school", day(AS_OF), courses())) == expected


def test_many_days_asked_at_once_tell_each_what_it_was(left: SignalEngine) -> None:
    days = [day(number) for number in DAYS]
    told = left.lessons("school", days, courses(), horizon_days=5, label="withdrawal", known_by=day(AS_OF + 5))
    found = {as_of: by_enrolment(table) for as_of, table in told}
    assert found == {day(number): plainly(leaving(1), number) for number in DAYS}


def test_a_sweep_of_one_day_is_no_habit(tmp_path: Path) -> None:
    """Of ten, five leave on one day and one on each of two others: two of ten; of the sweep alone nothing is said."""
    events = [Happening(f"l{n}", "art", "enrolled", None, AS_OF - 40, 9, None, AS_OF - 40) for n in range(10)]
    gone = [AS_OF - 9] * 5 + [AS_OF - 3, AS_OF - 27]
    events += [Happening(f"l{n}", "art", "withdrawn", None, on, 9, None, on) for n, on in enumerate(gone)]
    assert Multiset(gone).most_common(1) == [(AS_OF - 9, 5)]
    told = {}
    for name, some in (("all", events), ("sweep", events[:15])):
        (tmp_path / name).mkdir()
        lake = Lake(tmp_path / name)
        lake.add(some)
        engine = engine_at("duckdb", lake, ONE_OF_EACH)
        engine.roll_up("school")
        told[name] = set(by_enrolment(engine.signals("school", day(AS_OF), courses())).values())
    assert told == {"all": {2 / 10}, "sweep": {0.0}}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    as_of=st.integers(AS_OF - 20, AS_OF),
    later=st.lists(st.tuples(st.integers(0, 59), st.integers(-40, 10)), min_size=1, max_size=40),
)
def test_withdrawals_that_come_later_change_no_earlier_day(
    tmp_path_factory: pytest.TempPathFactory, seed: int, as_of: int, later: list[tuple[int, int]]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("late"))
    lake.add(leaving(seed, learners=12))
    engine = engine_at("duckdb", lake, ONE_OF_EACH)
    engine.roll_up("school")
    before = engine.signals("school", day(as_of), courses())
    late = [
        Happening(f"learner {number % 12}", course, "withdrawn", None, as_of + on, 9, None, as_of + 1 + max(on, 0))
        for number, on in later
        for course in COURSES
    ]
    lake.add(late, "late")
    engine.roll_up("school")
    assert engine.signals("school", day(as_of), courses()).equals(before)
