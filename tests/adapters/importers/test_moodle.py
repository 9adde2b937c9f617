"""The log store of Moodle: which rows are a learner's own, and what they become."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.importers import Chunk, ImportOptions, Rejects
from staycourse.adapters.importers.moodle.other import read_other
from staycourse.adapters.importers.moodle.table import VERB_BY_NAME
from staycourse.events import VERBS_BY_NAME, Event
from staycourse.kernel import BadInput

from .conftest import NOW, Reader
from .foreign import MOODLE, MOODLE_COLUMNS, moodle_row, moodle_table

VIEWED = r"\mod_page\event\course_module_viewed"


def write(tmp_path: Path, text: str, name: str = "log.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def events(chunks: Sequence[Chunk]) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events]


def test_rows_become_events(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    found = events(read("moodle", write(tmp_path, MOODLE)))
    assert [(event.learner, event.verb, event.course, event.object, event.value) for event in found] == [
        ("5", "enrolled", "2", "", None),
        ("5", "logged_in", "", "", None),
        ("5", "home_viewed", "2", "", 1),
        ("5", "assignment_submitted", "2", "mod_quiz/31", None),
        ("5", "commented", "2", "mod_forum/32", None),
    ]
    assert found[0].time == datetime.fromtimestamp(1_740_800_060, UTC)
    assert rejects.unused == {r"\core\event\notification_sent": 1}


OTHERS_DOING = [
    (VIEWED, {"realuserid": 2}, "done by another, logged in as the learner"),
    (r"\mod_assign\event\assessable_submitted", {"userid": 3, "relateduserid": 5}, "done for another"),
    (r"\core\event\course_module_completion_updated", {"userid": 3, "relateduserid": 5}, "done for another"),
    (VIEWED, {"userid": 0}, "of a guest"),
    (VIEWED, {"userid": 1}, "of a guest"),
    (VIEWED, {"userid": -1}, "of a guest"),
    (r"\mod_feedback\event\response_submitted", {"anonymous": 1}, "anonymous"),
    (r"\core\event\course_viewed", {"courseid": 1}, "of no course"),
    (r"\core\event\user_loggedinas", {"userid": 2, "relateduserid": 5}, "user_loggedinas"),
]


@pytest.mark.parametrize(("event", "cells", "why"), OTHERS_DOING)
def test_what_another_does_is_not_the_learners_activity(
    event: str, cells: dict[str, Any], why: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    path = write(tmp_path, moodle_table(moodle_row(1, VIEWED), moodle_row(2, event, **cells)))
    assert len(events(read("moodle", path))) == 1
    assert rejects.count == 0
    (unused,) = rejects.unused
    assert why in unused


@pytest.mark.parametrize("event", ["user_enrolment_created", "user_enrolment_deleted", "course_completed"])
def test_what_befalls_a_learner_is_told_of_the_learner(event: str, tmp_path: Path, read: Reader) -> None:
    row = moodle_row(1, rf"\core\event\{event}", userid=2, relateduserid=5, realuserid=9)
    (found,) = events(read("moodle", write(tmp_path, moodle_table(row))))
    assert found.learner == "5"


COMPLETION = [
    ('{"relateduserid":5,"completionstate":1}', True),
    ('{"completionstate":"2"}', True),
    ('a:2:{s:13:"relateduserid";i:5;s:15:"completionstate";i:1;}', True),
    ('a:1:{s:15:"completionstate";i:0;}', False),
    ('{"completionstate":0}', False),
    ('O:8:"stdClass":1:{s:15:"completionstate";i:1;}', False),
    ("N;", False),
    ("", False),
]


@pytest.mark.parametrize(("other", "completed"), COMPLETION)
def test_completion_is_read_from_json_and_from_php_but_never_from_objects(
    other: str, completed: bool, tmp_path: Path, read: Reader
) -> None:
    row = moodle_row(1, r"\core\event\course_module_completion_updated", relateduserid=5, other=other)
    path = write(tmp_path, moodle_table(row, moodle_row(2, VIEWED)))
    assert ("lesson_completed" in {event.verb for event in events(read("moodle", path))}) is completed


PHP = [
    ('a:3:{s:4:"name";s:5:"h\u00e9!!";i:0;b:1;s:1:"x";d:1.5;}', {"name": "h\u00e9!!", "0": True, "x": 1.5}),
    ('a:1:{s:1:"a";a:1:{i:0;N;}}', {"a": {"0": None}}),
    ('a:1:{s:1:"a";O:3:"Foo":0:{}}', {}),
    ('a:1:{s:9:"a";i:1;}', {}),
    ("a:999999:{}", {}),
    ("a:1:{" * 50, {}),
    ('a:1:{s:1:"a";i:1;}i:2;', {}),
    ("{}", {}),
    ("[1]", {}),
]


@pytest.mark.parametrize(("text", "fields"), PHP)
def test_plain_php_arrays_are_read_strictly(text: str, fields: dict[str, Any]) -> None:
    assert read_other(text) == fields


@given(st.text(alphabet='aisbdNO:;{}"0123456789.-x\u00e9', max_size=60) | st.text(max_size=60))
def test_whatever_other_holds_it_is_fields(text: str) -> None:
    assert isinstance(read_other(text), dict)


def test_any_activity_seen_is_content_and_some_are_more(tmp_path: Path, read: Reader) -> None:
    names = ("mod_page", "mod_forum", "mod_quiz", "mod_strange", "core")
    rows = [moodle_row(at, rf"\{name}\event\course_module_viewed") for at, name in enumerate(names)]
    found = events(read("moodle", write(tmp_path, moodle_table(*rows))))
    assert [event.verb for event in found] == ["content_viewed", "forum_viewed", "quiz_viewed", "content_viewed"]


def test_csv_json_lines_and_arrays_say_the_same(tmp_path: Path, read: Reader) -> None:
    lines = MOODLE.splitlines()
    names = MOODLE_COLUMNS.split(",")
    rows = []
    for line in lines[1:]:
        cells = [cell.replace('""', '"') for cell in line[1:-1].split('","')]
        typed = (int(cell) if cell.lstrip("-").isdecimal() else None if cell == "NULL" else cell for cell in cells)
        rows.append(dict(zip(names, typed, strict=True)))
    expected = events(read("moodle", write(tmp_path, MOODLE)))
    admin = [{"type": "header", "version": "5.2"}, {"type": "table", "name": "mdl_logstore_standard_log", "data": rows}]
    for name, text in (
        ("a.jsonl", "\n".join(map(json.dumps, rows))),
        ("b.json", json.dumps(rows, indent=1)),
        ("c.json", json.dumps(admin)),
    ):
        assert events(read("moodle", write(tmp_path, text, name))) == expected, name


def test_times_may_be_written_out_in_the_tenants_zone(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    rows = moodle_row(1, VIEWED, timecreated="2025-03-01 08:00:00") + moodle_row(2, VIEWED, timecreated="then")
    options = ImportOptions(now=NOW, zone=ZoneInfo("Asia/Shanghai"))
    (event,) = events(read("moodle", write(tmp_path, moodle_table(rows)), options))
    assert event.time == datetime(2025, 3, 1, tzinfo=UTC)
    assert rejects.reasons == {"timecreated: 'then' is not a time": 1}


def test_the_report_of_the_page_logs_is_refused_with_the_way_out(tmp_path: Path, read: Reader) -> None:
    text = 'Time,"User full name","Affected user","Event context",Component,"Event name",Description,Origin\n'
    with pytest.raises(BadInput, match="mdl_logstore_standard_log"):
        read("moodle", write(tmp_path, text + '"1 May 2024, 10:31",Ann,-,"Course: R",System,"Course viewed",x,web\n'))


def test_a_mapping_adds_events_and_names_columns(tmp_path: Path, read: Reader) -> None:
    mapping = write(
        tmp_path, "[columns]\nuserid = \"who\"\n[verbs]\n'\\mod_attendance\\event\\taken' = 'live_joined'\n", "m.toml"
    )
    text = "who,courseid,eventname,timecreated\n5,2,\\mod_attendance\\event\\taken,1740800000\n"
    options = ImportOptions(now=NOW, zone=ZoneInfo("UTC"), mapping=mapping)
    (event,) = events(read("moodle", write(tmp_path, text), options))
    assert (event.learner, event.verb) == ("5", "live_joined")


def test_every_mapped_verb_is_of_the_vocabulary() -> None:
    assert set(VERB_BY_NAME.values()) <= VERBS_BY_NAME.keys()
