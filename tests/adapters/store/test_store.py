"""The store: writes are idempotent, tenants do not see each other. Every test runs on SQLite and on PostgreSQL."""

from datetime import UTC, date, datetime

import pytest

from staycourse.adapters.store import Database, ImportState, ModelEntry, Run, Store
from staycourse.desk import TodayFilter
from staycourse.events import Course, Learner

NOW = datetime(2014, 2, 1, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> Store:
    store = Store(database)
    store.ensure_tenant("main", "Asia/Shanghai", NOW)
    store.ensure_tenant("other", "UTC", NOW)
    return store


def candidate(learner: str, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "learner": learner, "course": "c", "priority": 0.5, "risk": 0.5, "learner_risk": 0.5, "tier": "regular",
        "value": 0.5,
        "paid_minor": None, "currency": None, "absent_days": 4, "cause": "no_time", "suggestion": "short_pieces",
        "due_hours": None, "trigger": "rule", "then": "",
        "model": "", "rules": [], "reasons": [], "categories": [], "basis": "rules", "policy_version": 1,
    }  # fmt: skip
    return row | changes


def run_of(day: date, found: int) -> Run:
    return Run(day, NOW, NOW, 10, found, "rules", None, 1, [["compact", 0.1]])


def test_the_zone_of_a_tenant_is_kept_from_the_first(store: Store) -> None:
    assert store.ensure_tenant("main", "UTC", NOW) == "Asia/Shanghai"
    assert store.tenants() == {"main": "Asia/Shanghai", "other": "UTC"}


def test_courses_and_learners_are_replaced_not_doubled(store: Store) -> None:
    course = Course(course="c", title="C", starts_on=date(2014, 1, 1))
    store.put_courses("main", [course])
    store.put_courses("main", [course])
    store.put_learners("main", [Learner(learner="l", paid_minor=100, currency="CNY")])
    store.put_learners("main", [Learner(learner="l", name="Li")])
    assert store.courses("main") == [course]
    assert store.course("main", course.course) == course
    assert store.course("main", "another") is None and store.course("other", course.course) is None
    assert store.learners("main") == [Learner(learner="l", name="Li", paid_minor=100, currency="CNY")]
    assert store.courses("other") == [] and store.learner("other", "l") is None


def test_an_import_remembers_how_far_it_came(store: Store) -> None:
    state = ImportState("f", "oulad", "sample", 5, 100, 1, NOW, None)
    store.put_import("main", state)
    assert store.import_state("main", "f") == state
    assert store.import_state("other", "f") is None


def test_a_policy_text_already_in_force_makes_no_version(store: Store) -> None:
    assert [store.add_policy("main", text, "", NOW) for text in ("a", "a", "b", "a")] == [1, 1, 2, 3]


def test_the_newest_model_knows_nothing_later_than_asked(store: Store) -> None:
    for day in (1, 8, 15):
        store.add_model("main", ModelEntry(f"m{day}", date(2014, 1, day), NOW, {}))
    newest = store.newest_model("main", date(2014, 1, 10))
    assert newest is not None and newest.model == "m8"
    assert store.newest_model("main", date(2013, 1, 1)) is None


def test_a_run_replaces_the_candidates_of_its_day_only(store: Store) -> None:
    first, second = date(2014, 1, 1), date(2014, 1, 2)
    store.put_run("main", run_of(first, 2), [candidate("a"), candidate("b", priority=0.9)])
    store.put_run("main", run_of(second, 1), [candidate("a")])
    store.put_run("main", run_of(first, 1), [candidate("b", priority=0.9, cause="alone")])
    rows, found = store.candidates("main", first, TodayFilter())
    assert [row["learner"] for row in rows] == ["b"] and found == 1
    assert store.candidates("main", second, TodayFilter())[1] == 1
    assert [run.as_of for run in store.runs("main")] == [second, first]


def test_candidates_are_filtered_ranked_and_paged(store: Store) -> None:
    day = date(2014, 1, 1)
    found = [
        candidate(f"l{number}", priority=number / 10, cause="alone" if number % 2 else "price") for number in range(10)
    ]
    store.put_run("main", run_of(day, 10), found)
    store.put_learners("main", [Learner(learner="l3", name="100%_Wang")])
    rows, count = store.candidates("main", day, TodayFilter(cause="alone", per_page=2, page=2))
    assert [row["learner"] for row in rows] == ["l5", "l3"] and count == 5
    assert [row["learner"] for row in store.candidates("main", day, TodayFilter(search="%_w"))[0]] == ["l3"]
    assert store.candidate_counts("main", day, "cause") == [("alone", 5), ("price", 5)]
    assert store.candidates("other", day, TodayFilter())[1] == 0
