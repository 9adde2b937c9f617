"""Events of any platform: the documented schema, foreign names, times, units, and what is refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from staycourse.adapters.importers import Chunk, ImportOptions, Rejects
from staycourse.adapters.importers.mapping import read_mapping
from staycourse.events import Event
from staycourse.kernel import BadInput

from .conftest import EVENTS, NOW, Reader

SHANGHAI = ImportOptions(now=NOW, zone=ZoneInfo("Asia/Shanghai"))


def events(chunks: Sequence[Chunk]) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events]


def write(tmp_path: Path, text: str, name: str = "events.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_row_is_an_event(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    found = events(read("events", write(tmp_path, EVENTS), SHANGHAI))
    assert rejects.count == 0, rejects.reasons
    assert [(e.event_id, e.learner, e.verb, e.course, e.object, e.value) for e in found if e.event_id[0] == "e"] == [
        ("e1", "u1", "enrolled", "c1", "", 0),
        ("e2", "u1", "video_watched", "c1", "v1", 95),
        ("e4", "u2", "logged_in", "", "web", None),
    ]
    assert found[2].attributes == {"text": "so hard"}


def test_times_without_a_zone_are_the_tenants_and_days_stand_at_noon(tmp_path: Path, read: Reader) -> None:
    found = events(read("events", write(tmp_path, EVENTS), SHANGHAI))
    assert [e.time for e in found] == [
        datetime(2025, 3, 1, 8, tzinfo=UTC),
        datetime(2025, 3, 1, 0, 30, tzinfo=UTC),
        datetime(2025, 3, 2, 4, tzinfo=UTC),
        datetime(2025, 3, 3, 2, tzinfo=UTC),
    ]


def test_csv_json_lines_and_parquet_say_the_same(tmp_path: Path, read: Reader) -> None:
    rows = [
        {"event_id": "a", "learner": 7, "verb": "video_watched", "course": "c", "time": "2025-01-01T00:00:00Z",
         "value": 60.0, "attributes": {"device": "phone", "speed": 2}},
        {"learner": 8, "verb": "logged_in", "time": "2025-01-02T00:00:00Z"},
    ]  # fmt: skip
    lines = "\n".join(json.dumps(row) for row in rows)
    as_json = events(read("events", write(tmp_path, lines, "e.jsonl")))
    zipped = tmp_path / "e.jsonl.gz"
    zipped.write_bytes(gzip.compress(lines.encode()))
    assert events(read("events", zipped)) == as_json
    csv_text = (
        "event_id,learner,verb,course,time,value,attributes\n"
        'a,7,video_watched,c,2025-01-01T00:00:00Z,60,"{""device"": ""phone"", ""speed"": 2}"\n'
        ",8,logged_in,,2025-01-02T00:00:00Z,,\n"
    )
    assert events(read("events", write(tmp_path, csv_text))) == as_json
    table = pa.table(
        {
            "event_id": ["a", None],
            "learner": pa.array([7, 8], pa.int64()),
            "verb": ["video_watched", "logged_in"],
            "course": ["c", None],
            "time": pa.array([datetime(2025, 1, 1), datetime(2025, 1, 2)], pa.timestamp("us", "UTC")),
            "value": pa.array([60, None], pa.float64()),
            "attributes": pa.array([[("device", "phone"), ("speed", "2")], None], pa.map_(pa.string(), pa.string())),
        }
    )
    pq.write_table(table, tmp_path / "e.parquet")
    assert events(read("events", tmp_path / "e.parquet")) == as_json
    assert as_json[0].learner == "7" and as_json[0].attributes == {"device": "phone", "speed": "2"}


def test_a_row_without_an_id_has_that_of_its_content(tmp_path: Path, read: Reader) -> None:
    header, row = "learner,verb,time\n", "u,logged_in,2025-01-02T00:00:00Z\n"
    one, two = events(read("events", write(tmp_path, header + row + row)))
    (alone,) = events(read("events", write(tmp_path, header + row, "other.csv")))
    assert one.event_id == two.event_id == alone.event_id


def test_a_given_arrival_is_kept(tmp_path: Path, read: Reader) -> None:
    text = "learner,verb,time,received\nu,logged_in,2025-01-02T00:00:00Z,2025-01-09T00:00:00Z\n"
    (event,) = events(read("events", write(tmp_path, text)))
    assert (event.received, event.backfill) == (datetime(2025, 1, 9, tzinfo=UTC), True)


MAPPING = """
schema = 1
delimiter = ";"
[columns]
learner = "user"
verb = "action"
time = "when"
value = "minutes"
course = "klass"
[attributes]
text = "comment"
[verbs]
play = "video_watched"
said = "posted"
mouse_moved = ""
[constants]
source = "moodle"
course = "main"
[multiply]
video_watched = 60
[time]
format = "%d/%m/%Y %H:%M"
zone = "Europe/Amsterdam"
"""


def test_a_mapping_file_tells_foreign_names_verbs_units_and_times(
    tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    mapping = write(tmp_path, MAPPING, "map.toml")
    text = (
        "user;action;when;minutes;klass;comment\n"
        "5;play;01/07/2025 12:00;1.5;k;\n5;mouse_moved;x;;;\n6;said;02/07/2025 00:30;;;hi\n"
    )
    options = ImportOptions(now=NOW, zone=ZoneInfo("UTC"), mapping=mapping)
    first, second = events(read("events", write(tmp_path, text), options))
    assert rejects.count == 0, rejects.reasons
    assert (first.verb, first.value, first.course, first.source) == ("video_watched", 90, "k", "moodle")
    assert first.time == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert (second.verb, second.course, second.attributes) == ("posted", "main", {"text": "hi"})


@pytest.mark.parametrize(("rule", "cell"), [("unix_seconds", "1735689600"), ("unix_milliseconds", "1735689600000")])
def test_unix_times(rule: str, cell: str, tmp_path: Path, read: Reader) -> None:
    options = ImportOptions(
        now=NOW, zone=ZoneInfo("UTC"), mapping=write(tmp_path, f'[time]\nformat = "{rule}"\n', "m.toml")
    )
    (event,) = events(read("events", write(tmp_path, f"learner,verb,time\nu,logged_in,{cell}\n"), options))
    assert event.time == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[columns\n", "mapping file"),
        ("schema = 9\n", "schema 9"),
        ("[columns]\nlerner = 'x'\n", "lerner"),
        ("[verbs]\nplay = 'played'\n", "played"),
        ("[multiply]\nplayed = 1\n", "played"),
        ("colums = {}\n", "colums"),
        ("delimiter = ';;'\n", "delimiter"),
        ("[time]\nzone = 'Mars/Base'\n", "Mars/Base"),
        ("[columns]\nlearner = 'user'\n", "user"),
        ("\x00", "mapping file"),
    ],
)
def test_a_wrong_mapping_is_named(text: str, word: str, tmp_path: Path, read: Reader) -> None:
    options = ImportOptions(now=NOW, zone=ZoneInfo("UTC"), mapping=write(tmp_path, text, "m.toml"))
    with pytest.raises(BadInput) as caught:
        read("events", write(tmp_path, EVENTS), options)
    assert word in str(caught.value)


REFUSED = [
    ("u,played,2025-01-01T00:00:00Z,c,,", "verb"),
    ("u,posted,2025-01-01T00:00:00Z,,,", "course"),
    ("u,video_watched,2025-01-01T00:00:00Z,c,,", "value"),
    ("u,video_watched,2025-01-01T00:00:00Z,c,1.5,", "value"),
    ("u,video_watched,2025-01-01T00:00:00Z,c,nan,", "value"),
    ("u,video_watched,2025-01-01T00:00:00Z,c,99999999,", "value"),
    ("u,logged_in,2027-01-01T00:00:00Z,,,", "time"),
    ("u,logged_in,yesterday,,,", "time"),
    ("u,logged_in,,,,", "time"),
    (",logged_in,2025-01-01T00:00:00Z,,,", "learner"),
    ("u" * 10_000 + ",logged_in,2025-01-01T00:00:00Z,,,", "learner"),
    ("u,,2025-01-01T00:00:00Z,,,", "verb"),
    ("u,logged_in,2025-01-01T00:00:00Z,,,{bad", "attributes"),
    ("u,logged_in,2025-01-01T00:00:00Z,,,[1]", "attributes"),
    ("u,logged_in", ""),
]


@pytest.mark.parametrize(("row", "field"), REFUSED)
def test_a_bad_row_is_refused_by_line_and_field_and_the_others_stay(
    row: str, field: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    good = "u,logged_in,2025-01-01T00:00:00Z,,,\n"
    found = events(read("events", write(tmp_path, f"learner,verb,time,course,value,attributes\n{good}{row}\n{good}")))
    assert len(found) == 2
    rejects.flush()
    assert rejects.count == 1
    assert rejects.path.read_text(encoding="utf-8").splitlines()[1].startswith(f"3,{field}")


def test_a_refused_cell_is_told_in_the_words_of_who_made_the_file(
    tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    mapping = write(tmp_path, 'schema = 1\n[time]\nformat = "%d/%m/%Y"\n', "mapping.toml")
    file = write(tmp_path, "learner,verb,time,value\na,logged_in,2025-03-01,\nb,session_ended,01/03/2025,many\n")
    assert events(read("events", file, ImportOptions(now=NOW, zone=ZoneInfo("UTC"), mapping=mapping))) == []
    assert set(rejects.reasons) == {
        "time: it does not read as the mapping's format %d/%m/%Y", "value: it is no whole number"
    }  # fmt: skip


def test_lines_are_those_of_the_file_after_cells_of_many_lines(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    text = 'learner,verb,time,attributes.text\nu,logged_in,2025-01-01,"a\nb\n"\n\nu,bad,2025-01-01,\n'
    assert len(events(read("events", write(tmp_path, text)))) == 1
    rejects.flush()
    assert "\n6,verb," in rejects.path.read_text()


def test_another_schema_version_is_refused(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    row = {"learner": "u", "verb": "logged_in", "time": "2025-01-01T00:00:00Z"}
    lines = "\n".join(json.dumps(row | {"schema_version": version}) for version in (1, 2))
    assert len(events(read("events", write(tmp_path, lines, "e.jsonl")))) == 1
    assert "schema version 2" in next(iter(rejects.reasons))


def test_a_spreadsheets_byte_order_mark_is_no_part_of_a_name(tmp_path: Path, read: Reader) -> None:
    assert len(events(read("events", write(tmp_path, "\ufeff" + EVENTS)))) == 4


def test_a_resumed_side_file_holds_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "side.csv"
    with Rejects(path) as first:
        first.add(2, "verb", "no such verb", {})
        first.add(3, "verb", "no such verb", {})
    with Rejects(path, resumed=True) as second:
        second.add(3, "verb", "no such verb", {})
        second.add(9, "time", "in the future", {})
        assert second.count == 3
        assert second.reasons == {"verb: no such verb": 2, "time: in the future": 1}
    assert len(path.read_text().splitlines()) == 4
    with Rejects(path) as anew:
        anew.add(1, "", "bad", {})
    assert len(path.read_text().splitlines()) == 2


def test_options_need_an_instant_with_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ImportOptions(now=datetime(2026, 1, 1), zone=ZoneInfo("UTC"))
    given = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert ImportOptions(now=given, zone=ZoneInfo("UTC")).now == datetime(2026, 1, 1, tzinfo=UTC)
    assert date(2026, 1, 1) == ImportOptions(now=given, zone=ZoneInfo("UTC")).now.date()


def test_a_line_without_end_is_not_read_whole(
    tmp_path: Path, read: Reader, rejects: Rejects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staycourse.adapters.importers.table_files.MOST_LINE", 200)
    row = json.dumps({"learner": "u", "verb": "logged_in", "time": "2025-01-01T00:00:00Z"})
    path = write(tmp_path, f"{row}\n{'x' * 500}\n{row}\n", "e.jsonl")
    assert len(events(read("events", path))) == 2
    assert rejects.reasons == {"the line is too long": 1}
    with pytest.raises(BadInput, match="the line is too long"):
        read("events", write(tmp_path, "x" * 500))


def test_a_row_of_a_table_without_end_goes_to_the_side_file_and_the_others_are_read(
    tmp_path: Path, read: Reader, rejects: Rejects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staycourse.adapters.importers.table_files.MOST_LINE", 200)
    row = "u,logged_in,2025-01-01"
    long = "x" * 500
    path = write(tmp_path, f"learner,verb,time\n{row}\n{long}\n{row}\nu,{long}\n{row},\nv,logged_in,2025-01-02\n")
    assert [event.learner for event in events(read("events", path))] == ["u", "u", "v"]
    assert rejects.reasons["the line is too long"] == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[columns]\nlearner = 3", "columns.*it is no text"),
        ("kolumns = 1", "kolumns: there is no field of this name"),
        ("[time]\nzones = 'UTC'", "time.zones: there is no field of this name"),
        ("schema = 'one'", "schema: it is no whole number"),
    ],
)
def test_a_mapping_of_another_form_is_told_in_our_words(tmp_path: Path, text: str, told: str) -> None:
    place = write(tmp_path, text, "m.toml")
    with pytest.raises(BadInput, match=told) as refused:
        read_mapping(place, ("learner",))
    assert "`" not in str(refused.value) and "docs/importing.md" in str(refused.value)


def test_a_mapping_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such mapping file; check the path"):
        read_mapping(tmp_path / "none.toml", ("learner",))
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_mapping(tmp_path, ("learner",))
