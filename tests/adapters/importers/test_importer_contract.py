"""What every importer promises, asked of every importer."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from staycourse.adapters.importers import IMPORTERS, Chunk, ImportOptions, Rejects
from staycourse.events import Course, Event, Learner, check_event
from staycourse.kernel import BadInput, StorageFault

from .conftest import NOW, OPTIONS, Reader, write_input

pytestmark = pytest.mark.parametrize("name", sorted(IMPORTERS))


def test_it_is_known_by_its_own_word(name: str) -> None:
    assert IMPORTERS[name].format == name


def test_it_reads_something_and_refuses_nothing_of_a_good_input(
    name: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    chunks = read(name, write_input(tmp_path, name))
    assert sum(len(chunk.events) + len(chunk.courses) + len(chunk.learners) for chunk in chunks) > 0
    expected = 1 if name == "ds365" else 0  # an exam of someone who had watched no course
    assert rejects.count == expected, rejects.reasons
    assert rejects.path.exists() == bool(expected)


def test_positions_rise_and_chunks_are_bounded(name: str, tmp_path: Path, read: Reader, small_chunks: None) -> None:
    chunks = read(name, write_input(tmp_path, name))
    positions = [0, *(chunk.position for chunk in chunks)]
    assert positions == sorted(set(positions))
    assert all(len(chunk.events) <= 2 for chunk in chunks)


def test_twice_is_the_same(name: str, tmp_path: Path, read: Reader) -> None:
    path = write_input(tmp_path, name)
    assert read(name, path) == read(name, path)


def test_resumed_after_any_chunk_it_goes_on_as_if_never_stopped(
    name: str, tmp_path: Path, read: Reader, small_chunks: None
) -> None:
    path = write_input(tmp_path, name)
    whole = read(name, path)
    for index, chunk in enumerate(whole):
        assert read(name, path, resume_after=chunk.position) == whole[index + 1 :]


def test_every_record_fits_its_definition(name: str, tmp_path: Path, read: Reader) -> None:
    for chunk in read(name, write_input(tmp_path, name)):
        for kind, records in ((Event, chunk.events), (Course, chunk.courses), (Learner, chunk.learners)):
            for record in records:
                assert msgspec.convert(msgspec.to_builtins(record), kind) == record
        for event in chunk.events:
            check_event(event, NOW)


def test_ids_are_never_twice_the_same(name: str, tmp_path: Path, read: Reader) -> None:
    ids = [event.event_id for chunk in read(name, write_input(tmp_path, name)) for event in chunk.events]
    assert len(ids) == len(set(ids))


def test_history_counts_as_known_at_its_own_time_and_is_marked(name: str, tmp_path: Path, read: Reader) -> None:
    for chunk in read(name, write_input(tmp_path, name)):
        assert all(event.backfill and event.received == event.time for event in chunk.events)


def test_the_source_is_named(name: str, tmp_path: Path, read: Reader) -> None:
    options = ImportOptions(now=NOW, zone=OPTIONS.zone, source="moodle")
    for chunk in read(name, write_input(tmp_path, name), options):
        assert all(event.source == "moodle" for event in chunk.events)


def test_progress_rises_to_the_end(name: str, tmp_path: Path, rejects: Rejects, small_chunks: None) -> None:
    told: list[tuple[int, int | None]] = []
    path = write_input(tmp_path, name)
    list(IMPORTERS[name].read(path, OPTIONS, rejects, lambda done, total: told.append((done, total)), 0))
    assert told == sorted(told, key=lambda step: step[0])
    assert told[-1][1] in (None, told[-1][0])


def test_an_import_left_half_way_leaves_nothing_behind(
    name: str, tmp_path: Path, rejects: Rejects, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_input(tmp_path, name)
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.chdir(room)
    chunks = iter(IMPORTERS[name].read(path, OPTIONS, rejects, lambda done, total: None, 0))
    assert isinstance(next(chunks), Chunk)
    chunks.close()  # type: ignore[attr-defined]
    assert list(room.iterdir()) == []


def _missing(path: Path) -> Path:
    return path / "nowhere"


def _nul(path: Path) -> Path:
    return Path("a\x00b.csv")


def _file(data: bytes, ending: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        place = path / f"hostile{ending}"
        place.write_bytes(data)
        return place

    return make


def _folder(path: Path) -> Path:
    place = path / "empty.csv"
    place.mkdir()
    return place


HOSTILE = {
    "missing": _missing,
    "nul in the name": _nul,
    "folder": _folder,
    "empty": _file(b"", ".csv"),
    "blank": _file(b"\n\n", ".csv"),
    "unknown ending": _file(b"a,b\n", ".xlsx"),
    "other columns": _file(b"a,b\n1,2\n", ".csv"),
    "twice the same column": _file(b"learner,course,verb,time,learner\n1,2,3,4,5\n", ".csv"),
    "not utf-8": _file("learner,course,verb,time\n\u00e9,c,v,t\n".encode("latin-1"), ".csv"),
    "utf-16": _file("learner,course,verb,time\n".encode("utf-16"), ".csv"),
    "not gzip": _file(b"learner,course,verb,time\n", ".csv.gz"),
    "not parquet": _file(b"PAR1" + b"\x00" * 50 + b"PAR1", ".parquet"),
    "truncated parquet": _file(b"PAR1\x15\x04", ".parquet"),
    "not utf-8 json": _file(b'{"learner": "\xff"}\n', ".jsonl"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_input_that_cannot_be_read_is_bad_input(name: str, kind: str, tmp_path: Path, read: Reader) -> None:
    with pytest.raises(BadInput) as caught:
        read(name, HOSTILE[kind](tmp_path))
    assert "\n" not in str(caught.value)
    assert caught.value.what


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200),
    ending=st.sampled_from([".csv", ".jsonl", ".parquet", ".csv.gz"]),
    header=st.sampled_from([b"learner,course,verb,time,value,attributes\n", b""]),
)
@example(data=b'"' + b"x" * 200_000 + b"\n", ending=".csv", header=b"learner,course,verb,time,value,attributes\n")
@example(data=b"\x00,\x00,\x00,\x00,\x00,\x00\n", ending=".csv", header=b"learner,course,verb,time,value,attributes\n")
@example(data=b'{"learner": {"a": 1}, "verb": ["x"], "time": 1e400, "course": []}', ending=".jsonl", header=b"")
@example(data=b"[" * 100_000, ending=".jsonl", header=b"")
def test_any_bytes_give_chunks_or_bad_input(
    name: str, tmp_path: Path, read: Reader, *, data: bytes, ending: str, header: bytes
) -> None:
    path = tmp_path / f"any{ending}"
    path.write_bytes(header + data)
    try:
        chunks = read(name, path)
    except BadInput:
        return
    assert all(isinstance(chunk, Chunk) for chunk in chunks)


def test_a_side_file_that_cannot_be_written_is_a_storage_fault(name: str, tmp_path: Path) -> None:
    (tmp_path / "side").write_text("a file where a folder should be")
    with pytest.raises(StorageFault):
        Rejects(tmp_path / "side" / name).add(1, "value", "it is bad", {})


def test_the_side_file_says_line_field_reason_and_row(name: str, tmp_path: Path) -> None:
    with Rejects(tmp_path / "new" / f"{name}.csv") as rejects:
        rejects.add(3, "value", "it is bad", "=cmd()|x\x00", file=name)
    with rejects.path.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"line": "3", "field": "value", "reason": "it is bad", "row": "'=cmd()|x\N{SYMBOL FOR NULL}", "file": name}
        ]
