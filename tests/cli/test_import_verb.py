"""`staycourse import` where rows cannot be used, as an operator meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_platform import Run

HEAD, GOOD, BAD = "learner,verb,time\n", "u1,logged_in,2024-03-01\n", "u2,flew,2024-03-01\n"


def test_an_import_of_no_good_row_ends_with_1_and_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(HEAD + BAD + BAD)
    for _ in range(2):  # it is not taken for done
        code, out, error = run("import", "events", file)
        assert (code, out) == (1, "") and error.count("\n") == 1
        assert error.startswith(f"staycourse: {file}: nothing was imported: none of its 2 rows") and ".csv" in error
    code, out, error = run("import", "events", file, "--json")
    assert code == 1 and json.loads(out)["rejected"] == 2 and error.count("\n") == 1


def test_it_says_so_in_chinese(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", "zh-CN")
    (tmp_path / "bad.csv").write_text(HEAD + BAD)
    assert "1 行全都无法使用" in run("import", "events", tmp_path / "bad.csv")[2]


def test_called_again_it_names_the_side_file_once_more(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(HEAD + GOOD + BAD)
    first = run("import", "events", file)[1].splitlines()
    code, again, _ = run("import", "events", file)
    assert (code, again.splitlines()) == (0, ["Imported before: nothing changed.", first[-1]])
    assert "1 row could not be used" in first[-1]


def test_a_watched_file_of_no_good_row_has_failed(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "bad.csv").write_text(HEAD + BAD)
    code, out, error = run("watch", folder, "--format", "events", "--once", "--move")
    assert (code, out) == (1, "") and "no row of it could be used" in error
    assert (folder / "failed" / "bad.csv.why.txt").read_text().startswith("no row of it")


def test_a_mapping_file_that_is_not_there_is_said_to_be_not_there(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("event_id,learner,verb,time\n", encoding="utf-8")
    _, _, error = run("import", "events", file, "--mapping", tmp_path / "none.toml")
    assert "none.toml: there is no such" in error


def test_columns_that_nothing_is_read_from_are_told(run: Run, tmp_path: Path) -> None:
    file, mapping = tmp_path / "learners.csv", tmp_path / "map.toml"
    file.write_text("learner,time_zone,Mail\nanna,Asia/Shanghai,a@x.example\n", encoding="utf-8")
    mapping.write_text('[columns]\nemail = "Mail"\n', encoding="utf-8")
    code, out, _ = run("import", "learners", file, "--mapping", mapping)
    assert code == 0 and "Nothing was read from the column time_zone" in out and "Mail" not in out
    told = json.loads(run("import", "learners", file, "--json")[1])
    assert told["unread_columns"] == ["time_zone", "Mail"]
    good = tmp_path / "good.csv"
    good.write_text("learner,zone\nanna,Asia/Shanghai\n", encoding="utf-8")
    assert "Nothing was read" not in run("import", "learners", good)[1]
