"""OULAD's tables become the right events."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

import staycourse
from staycourse.adapters.importers import IMPORTERS, Chunk, ImportOptions, Rejects
from staycourse.events import Event
from staycourse.kernel import BadInput, StorageFault, local_day

from .conftest import NOW, OPTIONS, OULAD, Reader, write_input, write_tables

START = datetime(2013, 10, 1, tzinfo=UTC)
SAMPLE = Path(staycourse.__file__).parent / "samples" / "oulad"
SHARED = Path(os.environ.get("STAYCOURSE_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "oulad"


def events_of(chunks: Sequence[Chunk]) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events]


def facts(events: list[Event], verb: str, course: str = "AAA-2013J") -> list[tuple[str, str, int | None, int]]:
    """Return learner, object, value and day of the course of the events of a verb."""
    start = START if course == "AAA-2013J" else datetime(2014, 2, 1, tzinfo=UTC)
    return [
        (event.learner, event.object, event.value, (event.time - start).days)
        for event in events
        if event.verb == verb and event.course == course
    ]


@pytest.fixture
def events(tmp_path: Path, read: Reader) -> list[Event]:
    return events_of(read("oulad", write_input(tmp_path, "oulad")))


def test_presentations_start_in_february_and_october(tmp_path: Path, read: Reader) -> None:
    courses = read("oulad", write_input(tmp_path, "oulad"))[0].courses
    assert [(c.course, c.title, c.series, c.starts_on, c.ends_on) for c in courses] == [
        ("AAA-2013J", "AAA 2013J", "AAA", date(2013, 10, 1), date(2013, 10, 1) + timedelta(268)),
        ("BBB-2014B", "BBB 2014B", "BBB", date(2014, 2, 1), date(2014, 2, 1) + timedelta(234)),
    ]


def test_clicks_take_the_verb_of_their_page(events: list[Event]) -> None:
    assert facts(events, "home_viewed") == [("11", "homepage/100", 4, -5)]
    assert facts(events, "forum_viewed") == [("12", "forumng/101", 7, 3)]
    assert facts(events, "quiz_viewed") == [("13", "quiz/102", 1, -8)]
    assert facts(events, "content_viewed", "BBB-2014B") == [("11", "url/100", 3, 0)]


def test_equal_rows_of_clicks_are_facts_of_their_own(events: list[Event]) -> None:
    assert [value for _, _, value, _ in facts(events, "content_viewed")] == [1, 2, 2]


def test_registrations_enrol_with_earlier_attempts_and_study_load(events: list[Event]) -> None:
    assert facts(events, "enrolled") == [("11", "", 0, -30), ("12", "", 2, -10), ("13", "", 0, -8)]
    assert [(learner, value) for learner, _, value, _ in facts(events, "study_load_stated")] == [
        ("11", 60),
        ("12", 120),
        ("13", 60),
    ]


def test_an_unknown_registration_day_is_the_first_sign_of_the_learner(events: list[Event]) -> None:
    assert ("13", "", 0, -8) in facts(events, "enrolled")


def test_who_unregisters_withdraws_that_day(events: list[Event]) -> None:
    assert facts(events, "withdrawn") == [("12", "", None, 40)]


def test_due_is_asked_of_those_registered_and_missed_when_the_day_ends(events: list[Event]) -> None:
    # The second assignment: 11 has a result carried over, 12 has left by then. No one has results of exam 4.
    assert facts(events, "assignment_due") == [
        ("11", "TMA/1", 1000, 19), ("12", "TMA/1", 1000, 19), ("13", "TMA/1", 1000, 19), ("13", "CMA/2", 2050, 54),
    ]  # fmt: skip
    assert facts(events, "assignment_missed") == [
        ("12", "TMA/1", 1000, 19), ("13", "TMA/1", 1000, 19), ("13", "CMA/2", 2050, 54),
    ]  # fmt: skip


def test_submissions_know_how_late_they_are_and_carried_over_results_are_none(events: list[Event]) -> None:
    assert facts(events, "assignment_submitted") == [
        ("11", "TMA/1", -2 * 1440, 17), ("12", "TMA/1", 2 * 1440, 21), ("13", "CMA/2", 6 * 1440, 60),
        ("11", "Exam/3", None, 250),
    ]  # fmt: skip


def test_grades_are_known_with_the_submission_and_a_missing_score_is_no_grade(events: list[Event]) -> None:
    assert [fact[:3] for fact in facts(events, "assignment_graded")] == [
        ("11", "TMA/1", 7800), ("13", "CMA/2", 3500), ("11", "Exam/3", 6000),
    ]  # fmt: skip


def test_who_passes_completes_as_the_presentation_ends(events: list[Event]) -> None:
    assert facts(events, "course_completed") == [("11", "", None, 268)]
    assert facts(events, "course_completed", "BBB-2014B") == [("11", "", None, 234)]


def test_events_come_in_order_of_time(events: list[Event]) -> None:
    assert [event.time for event in events] == sorted(event.time for event in events)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Tehran"])
def test_days_are_the_tenants_own_and_ids_do_not_change_with_them(
    name: str, tmp_path: Path, read: Reader, events: list[Event]
) -> None:
    options = ImportOptions(now=NOW, zone=ZoneInfo(name))
    there = events_of(read("oulad", tmp_path / "oulad", options))
    assert [event.event_id for event in there] == [event.event_id for event in events]
    assert [local_day(event.time, options.zone) for event in there] == [event.time.date() for event in events]


def test_the_order_of_rows_and_the_kind_of_file_do_not_matter(
    tmp_path: Path, read: Reader, events: list[Event]
) -> None:
    shuffled = {}
    for name, text in OULAD.items():
        header, *rows = text.splitlines()
        random.Random(7).shuffle(rows)
        shuffled[name] = "\n".join([header, *rows]) + "\n"
    write_tables(tmp_path / "shuffled", shuffled)
    assert events_of(read("oulad", tmp_path / "shuffled")) == events
    parquet = tmp_path / "parquet"
    parquet.mkdir()
    connection = duckdb.connect()
    for name in OULAD:
        scan = f"read_csv('{tmp_path}/oulad/{name}.csv', nullstr='?')"
        connection.execute(f"copy (select * from {scan}) to '{parquet}/{name}.parquet'")
    assert events_of(read("oulad", parquet)) == events


BAD = {
    "courses": ("AAA,2013K,10", "code_presentation", 4),
    "assessments": ("CCC,2013J,9,TMA,1,1", "code_presentation", 7),
    "vle": ("x,AAA,2013J,quiz,?,?", "id_site", 7),
    "studentRegistration": ("AAA,2013J,14,soon,?", "date_registration", 6),
    "studentAssessment": ("77,11,1,0,50", "id_assessment", 8),
    "studentVle": ("AAA,2013J,11,999,1,1", "id_site", 9),
}


@pytest.mark.parametrize("table", BAD)
def test_a_bad_row_goes_to_the_side_file_with_its_line(
    table: str, tmp_path: Path, read: Reader, rejects: Rejects, events: list[Event]
) -> None:
    row, field, line = BAD[table]
    write_tables(tmp_path / "bad", OULAD | {table: OULAD[table] + row + "\n"})
    assert events_of(read("oulad", tmp_path / "bad")) == events
    assert rejects.count == 1
    rejects.flush()
    assert rejects.path.read_text().splitlines()[1].startswith(f"{line},{field},")
    assert f"{table}.csv" in rejects.path.read_text()


def test_a_value_outside_the_vocabulary_is_refused_by_it(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    rows = (
        OULAD["studentVle"]
        + "AAA,2013J,11,100,1,9000000\nAAA,2013J,11,100,1,-4\nAAA,2013J,11,100,1,99999999999999999999\n"
    )
    read("oulad", write_tables(tmp_path / "bad", OULAD | {"studentVle": rows}))
    assert rejects.count == 3
    assert {reason.split(":")[0] for reason in rejects.reasons} == {"value", "sum_click"}


@pytest.mark.parametrize("table", sorted(OULAD))
def test_a_missing_table_or_column_is_named(table: str, tmp_path: Path, read: Reader) -> None:
    folder = write_input(tmp_path, "oulad")
    (folder / f"{table}.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="is missing"):
        read("oulad", folder)
    (folder / f"{table}.csv").unlink()
    with pytest.raises(BadInput, match=f"the table {table} is missing"):
        read("oulad", folder)


def test_the_sample_ships_small_and_whole(tmp_path: Path) -> None:
    assert sum(file.stat().st_size for file in SAMPLE.iterdir()) < 4_500_000
    attribution = (SAMPLE / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in attribution and "Kuzilek" in attribution
    columns = {
        row[0]
        for file in SAMPLE.glob("*.parquet")
        for row in duckdb.connect().execute(f"describe select * from '{file}'").fetchall()
    }
    assert not columns & {"gender", "region", "highest_education", "imd_band", "age_band", "disability"}


def test_the_sample_imports_without_a_rejected_row(rejects: Rejects) -> None:
    verbs: Counter[str] = Counter()
    for chunk in IMPORTERS["oulad"].read(SAMPLE, OPTIONS, rejects, lambda done, total: None, 1_500_000):
        verbs.update(event.verb for event in chunk.events)
    assert rejects.count == 0, rejects.reasons
    assert set(verbs) >= {"content_viewed", "assignment_due", "assignment_missed", "course_completed", "withdrawn"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full OULAD is not in the shared data")
def test_a_presentation_of_the_full_dataset_equals_the_sample(tmp_path: Path) -> None:
    connection = duckdb.connect()
    full = f"read_parquet('{SHARED}/studentVle_ds/code_module=AAA/code_presentation=2013J/*.parquet')"
    counted = "count(*), sum(sum_click)::bigint, sum(date)::bigint, count(distinct id_student)"
    here = f"'{SAMPLE}/studentVle.parquet' where code_module = 'AAA' and code_presentation = '2013J'"
    assert (
        connection.execute(f"select {counted} from {full}").fetchall()
        == connection.execute(f"select {counted} from {here}").fetchall()
    )


def test_a_table_damaged_in_the_middle_is_bad_input(tmp_path: Path, read: Reader) -> None:
    for file in SAMPLE.glob("*.parquet"):
        data = bytearray(file.read_bytes())
        if file.stem == "studentVle":
            data[1000:60_000] = b"\xff" * 59_000
        (tmp_path / file.name).write_bytes(data)
    with pytest.raises(BadInput, match="cannot be read"):
        read("oulad", tmp_path)


def test_no_room_to_work_in_is_a_storage_fault(tmp_path: Path, read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_input(tmp_path, "oulad")
    monkeypatch.setattr("staycourse.adapters.importers.reading.MEMORY", "2MB")
    with pytest.raises(StorageFault, match="room"):
        read("oulad", folder)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(StorageFault, match="working space"):
        read("oulad", folder)
