"""Statements in files: one bad one never spoils the others, and what is taken back is left out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from staycourse.adapters.importers import Chunk, ImportOptions, Rejects, json_rows
from staycourse.events import Event
from staycourse.kernel import BadInput

from .conftest import NOW, OPTIONS, Reader
from .foreign import COURSE, XAPI, log, statement

VIEWED = "http://id.tincanapi.com/verb/viewed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def write(tmp_path: Path, text: str | bytes, name: str = "s.jsonl") -> Path:
    path = tmp_path / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def events(chunks: Sequence[Chunk]) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events]


def test_statements_become_events(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    found = events(read("xapi", write(tmp_path, XAPI)))
    assert [(event.learner, event.verb, event.course, event.value) for event in found] == [
        ("u7", "content_viewed", COURSE, 1),
        ("u7", "quiz_answered", COURSE, 1),
        ("u7", "lesson_completed", COURSE, None),
    ]
    assert rejects.unused == {"no verb is mapped to https://example.org/verbs/sneezed": 1}


def test_lines_arrays_results_and_gzip_say_the_same(tmp_path: Path, read: Reader) -> None:
    statements = [json.loads(line) for line in XAPI.splitlines()]
    expected = events(read("xapi", write(tmp_path, XAPI)))
    for name, text in (
        ("a.json", json.dumps(statements)),
        ("b.json", "\ufeff" + json.dumps(statements, indent=2, ensure_ascii=False)),
        ("c.json", json.dumps({"statements": statements, "more": ""})),
        ("d.json", json.dumps({"more": "/x?y", "statements": statements})),
        ("e.jsonl.gz", XAPI),
        ("f.json.gz", json.dumps(statements)),
    ):
        assert events(read("xapi", write(tmp_path, text, name))) == expected, name


def test_a_folder_is_read_in_order_of_names(tmp_path: Path, read: Reader) -> None:
    folder = tmp_path / "dump"
    (folder / "b").mkdir(parents=True)
    write(folder, log(statement(2, VIEWED)), "b/2.json")
    write(folder, json.dumps([statement(1, VIEWED)]), "a.json")
    assert [event.object[-1] for event in events(read("xapi", folder))] == ["1", "2"]


def test_one_bad_statement_is_set_aside_alone(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    bad = [statement(2, VIEWED, actor={"name": "nobody"}), "[1]", statement(4, VIEWED, timestamp="soon"), "{"]
    path = write(tmp_path, log(statement(1, VIEWED), *bad, statement(6, VIEWED)))
    assert len(events(read("xapi", path))) == 2
    rejects.flush()
    lines = rejects.path.read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[:2] for line in lines] == [["2", "actor"], ["3", ""], ["4", "timestamp"], ["5", ""]]


@pytest.mark.parametrize("shape", ["lines", "array"])
def test_a_statement_that_another_takes_back_is_left_out(
    shape: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    gone = statement(2, VIEWED)
    voiding = statement(3, VOIDED, object={"objectType": "StatementRef", "id": str(gone["id"]).upper()})
    statements = [statement(1, VIEWED), gone, voiding]
    text = log(*statements) if shape == "lines" else json.dumps(statements)
    found = events(read("xapi", write(tmp_path, text, "s.json")))
    assert [event.object[-1] for event in found] == ["1"]
    assert set(rejects.unused) == {"a statement taken back by another", "it takes another statement back"}


def test_the_operators_mapping_is_used_and_a_wrong_one_refused(tmp_path: Path, read: Reader) -> None:
    mapping = write(tmp_path, '[verbs]\n"https://example.org/verbs/sneezed" = "content_viewed"\n', "m.toml")
    options = ImportOptions(now=NOW, zone=OPTIONS.zone, mapping=mapping)
    assert len(events(read("xapi", write(tmp_path, XAPI), options))) == 4
    mapping.write_text("[verbs]\nx = 1")
    with pytest.raises(BadInput, match="mapping is wrong"):
        read("xapi", write(tmp_path, XAPI), options)


def test_long_arrays_are_read_piece_by_piece_wherever_the_pieces_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values: list[Any] = [{"a": "\u20ac" * number, "b": [number, -1.5e3]} for number in range(40)] + [
        12,
        'x\\"',
        None,
        [],
    ]
    path = write(tmp_path, json.dumps(values, ensure_ascii=False, indent=1), "a.json")
    for block in (16, 17, 18, 19, 64, 1000):
        monkeypatch.setattr(json_rows, "BLOCK", block)
        assert [row.value for row in json_rows.json_rows(path, "")] == values, block


BROKEN = [
    '[{"a": 1}, {"a": ',
    '[{"a": 1} x]',
    "[1, 2",
    "[",
    "[" * 100_000,
    '[{"a": ' + "[" * 100_000,
    '["' + "x" * 9_000_000,
]


@pytest.mark.parametrize("text", BROKEN)
def test_an_array_that_breaks_off_is_bad_input(text: str, tmp_path: Path, read: Reader) -> None:
    with pytest.raises(BadInput):
        read("xapi", write(tmp_path, text, "a.json"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), head=st.sampled_from([b"", b"[", b'{"statements": [', b'[{"id": 1}, ']))
@example(data=b"\xff\xfe[\x00{\x00", head=b"")
@example(data=b"\x00" * 300, head=b"[")
@example(data=b'{"a": 1e999999}]', head=b"[")
def test_any_bytes_are_statements_rejects_or_bad_input(data: bytes, head: bytes, tmp_path: Path, read: Reader) -> None:
    for name in ("any.json", "any.jsonl", "cut.json.gz"):
        path = write(tmp_path, head + data, name)
        if name.endswith(".gz"):
            path.write_bytes(path.read_bytes()[: len(data)])
        try:
            assert all(isinstance(chunk, Chunk) for chunk in read("xapi", path))
        except BadInput as error:
            assert "\n" not in str(error)
