"""`staycourse watch` as an operator meets it: what it says, where files go, how it ends."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from small_platform import Run

from staycourse.cli import watch


class Hurried(threading.Event):
    """Waits for nothing: the looks follow each other at once."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "stopping", Hurried)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "inbox"
    place.mkdir()
    (place / "a.csv").write_text("learner,verb,time\nu1,logged_in,2024-03-01\nu2,flew,2024-03-01\n")
    return place


def test_it_reads_what_is_there_and_says_so(run: Run, folder: Path) -> None:
    code, out, err = run("watch", folder, "--format", "*.csv=events", "--once", "--move")
    assert (code, err) == (0, "")
    assert out.startswith("a.csv: Imported 1 event, ") and "1 row could not be used" in out
    assert (folder / "done" / "a.csv").is_file()
    assert run("watch", folder, "--format", "events", "--once", "--move")[:2] == (0, "")


def test_a_file_that_cannot_be_read_is_told_on_one_line_and_by_the_exit_code(run: Run, folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"\xff\xfe\x00")
    code, out, err = run("watch", folder, "--format", "events", "--once", "--move")
    assert (code, out) == (1, "")
    assert err.startswith("a.csv: not read: ") and err.count("\n") == 1 and "UTF-8" in err
    assert sorted(path.name for path in (folder / "failed").iterdir()) == ["a.csv", "a.csv.why.txt"]


def test_machines_are_told_in_json(run: Run, folder: Path) -> None:
    code, out, _ = run("watch", folder, "--format", "events", "--once", "--json")
    told = json.loads(out)
    assert (code, told["file"], told["state"]) == (0, "a.csv", "done")
    assert (told["report"]["events"], told["report"]["rejected"], told["report"]["unused"]) == (1, 1, 0)


def test_what_it_cannot_do_is_refused(run: Run, folder: Path) -> None:
    code, _, err = run("watch", folder, "--format", "nonsense", "--once")
    assert code == 2 and "no format 'nonsense'" in err and "openedx" in err
    code, _, err = run("watch", folder / "nowhere", "--format", "events", "--once")
    assert code == 2 and "no such folder" in err


def test_the_import_tells_what_was_not_used(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "s.jsonl"
    statement = {
        "actor": {"mbox": "mailto:u@example.org"}, "verb": {"id": "https://example.org/sneezed"},
        "object": {"id": "https://example.org/x"}, "timestamp": "2024-03-01T00:00:00Z",
    }  # fmt: skip
    place.write_text(json.dumps(statement))
    code, out, _ = run("import", "xapi", place)
    assert code == 0 and "1 good row says" in out and "https://example.org/sneezed 1" in out
