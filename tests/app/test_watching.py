"""A folder that is watched: each file is read once, when it is at rest, and a kill loses and doubles nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from watch_worker import ROWS, settings_of

from staycourse.adapters.importers import table_files
from staycourse.app.homes import Home, open_home
from staycourse.app.intake import FolderWatch, Outcome, import_path, watch_rule
from staycourse.app.intake import watching as watching_module
from staycourse.cli.watch import keep_looking
from staycourse.kernel import BadInput, StorageFault

FILES = ("*.jsonl=events", "sis/=oneroster", "people.csv=learners")


def lines(begin: int, end: int) -> str:
    return "".join(
        json.dumps(
            {
                "event_id": f"e{number}", "learner": f"l{number % 7}", "course": "c", "verb": "posted",
                "time": f"2025-05-{number % 28 + 1:02}T10:00:00Z",
            }
        )
        + "\n"
        for number in range(begin, end)
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "inbox"
    place.mkdir()
    return place


@pytest.fixture
def make(tmp_path: Path, folder: Path) -> Callable[..., FolderWatch]:
    def build(*rules: str, move: bool = False, stopping: Callable[[], bool] = lambda: False) -> FolderWatch:
        wanted = [watch_rule(text) for text in rules or FILES]
        return FolderWatch(settings_of(tmp_path / "home"), folder, wanted, move=move, stopping=stopping)

    return build


def put(place: Path, text: str, at: int = 1_000_000_000) -> Path:
    """Write a file whose time is `at` (nanoseconds), so that no test hangs on the clock."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    os.utime(place, ns=(at, at))
    return place


def done(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.file, outcome.state) for outcome in outcomes]


def kept(home: Path) -> tuple[int, int]:
    """Return the events in the lake, and how many of them are different."""
    with open_home(settings_of(home), writing=True) as opened:
        opened.log.roll()
        opened.lake.compact(opened.path / "log")
        rows = opened.lake.health().rows
        ids: set[str] = set()
        for file in opened.path.rglob("*.parquet"):
            table = pq.read_table(file)
            if "event_id" in table.column_names:
                ids.update(str(cell) for cell in table.column("event_id").to_pylist())
        return rows, len(ids)


def test_a_file_is_read_once_it_is_at_rest_and_only_once(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    watch = make()
    put(folder / "a.jsonl", lines(0, 10), 1)
    assert list(watch.look()) == [], "seen once, it may still be written"
    put(folder / "a.jsonl", lines(0, 20), 2)
    assert list(watch.look()) == [], "it grew"
    (outcome,) = watch.look()
    assert outcome.state == "done" and outcome.report is not None and outcome.report.events == 20
    assert [list(watch.look()) for _ in range(3)] == [[], [], []]
    again = make()
    list(again.look())
    (outcome,) = again.look()
    assert outcome.report is not None and outcome.report.already, "another watcher knows by the import's fingerprint"


LEFT_ALONE = ("a.jsonl.part", "a.jsonl.tmp", "a.jsonl.crdownload", ".a.jsonl", ".cache/a.jsonl", "a.txt", "~a.jsonl~")


def test_what_is_unfinished_hidden_empty_or_of_no_rule_is_left_alone(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    for name in LEFT_ALONE:
        put(folder / name, lines(0, 3))
    put(folder / "empty.jsonl", "")
    (folder / "link.jsonl").symlink_to(put(tmp_path / "outside.jsonl", lines(0, 3)))
    watch = make()
    assert [list(watch.look()) for _ in range(3)] == [[], [], []]


def test_the_oldest_is_read_first_by_the_first_rule_that_fits(folder: Path, make: Callable[..., FolderWatch]) -> None:
    put(folder / "b.jsonl", lines(0, 3), 1)
    put(folder / "deep" / "a.jsonl", lines(3, 6), 3)
    put(folder / "people.csv", "learner\nu1\n", 2)
    watch = make()
    list(watch.look())
    assert done(list(watch.look())) == [("b.jsonl", "done"), ("people.csv", "done"), ("deep/a.jsonl", "done")]


def test_files_are_moved_when_asked_for(folder: Path, make: Callable[..., FolderWatch], tmp_path: Path) -> None:
    watch = make(move=True)
    for round_ in range(2):
        put(folder / "a.jsonl", lines(round_, round_ + 3), round_ + 1)
        put(folder / "bad.jsonl", "{" * (round_ + 1), round_ + 1)
        put(folder / "sis" / "zip.zip", "no zip" * (round_ + 1), round_ + 1)
        list(watch.look())
        found = sorted(done(list(watch.look())))
        assert found == [("a.jsonl", "done"), ("bad.jsonl", "failed"), ("sis/zip.zip", "failed")]
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert left == [
        "done/a.jsonl", "done/a.jsonl.1", "failed/bad.jsonl", "failed/bad.jsonl.1", "failed/bad.jsonl.1.why.txt",
        "failed/bad.jsonl.why.txt", "failed/sis/zip.zip",
        "failed/sis/zip.zip.1", "failed/sis/zip.zip.1.why.txt", "failed/sis/zip.zip.why.txt",
    ]  # fmt: skip
    why = (folder / "failed/sis/zip.zip.why.txt").read_text()
    assert "zip cannot be read" in why and why.count("\n") == 1
    assert kept(tmp_path / "home") == (4, 4)


def test_a_file_that_cannot_be_read_is_told_once_and_never_tried_again(
    folder: Path, make: Callable[..., FolderWatch]
) -> None:
    put(folder / "sis" / "a.zip", "no zip")
    watch = make()
    list(watch.look())
    (outcome,) = watch.look()
    assert outcome.state == "failed" and "zip cannot be read" in outcome.why
    assert [list(watch.look()) for _ in range(5)] == [[]] * 5


def test_a_growing_log_is_read_anew_ever_more_seldom_and_doubles_nothing(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    watch = make()
    looks = []
    for round_ in range(1, 4):
        put(folder / "a.jsonl", lines(0, 10 * round_), round_)
        count = 0
        while not list(watch.look()):
            count += 1
        looks.append(count)
    assert looks == [1, 2, 4]
    assert kept(tmp_path / "home") == (30, 30)


def test_while_another_writes_the_home_it_waits_and_holds_nothing(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    watch = make()
    put(folder / "a.jsonl", lines(0, 3))
    put(folder / "b.jsonl", lines(3, 6))
    list(watch.look())
    with open_home(settings_of(tmp_path / "home"), writing=True):
        (waiting,) = watch.look()
        assert waiting.state == "waits" and "in use by process" in waiting.why
    assert done(list(watch.look())) == [("a.jsonl", "done"), ("b.jsonl", "done")]
    with open_home(settings_of(tmp_path / "home"), writing=True):
        pass


def test_a_full_disk_is_no_fault_of_the_file(
    folder: Path, make: Callable[..., FolderWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFault("the disk is full")

    watch = make()
    put(folder / "a.jsonl", lines(0, 3))
    list(watch.look())
    with monkeypatch.context() as broken:
        broken.setattr(watching_module, "import_path", full)
        assert done(list(watch.look())) == [("a.jsonl", "waits")]
    assert done(list(watch.look())) == [("a.jsonl", "done")]


def test_a_file_that_changed_while_it_was_read_is_read_again(
    folder: Path, make: Callable[..., FolderWatch], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = import_path

    def growing(home: Home, format: str, path: Path, *more: object) -> object:
        report = real(home, format, path, *more)  # type: ignore[arg-type]
        put(path, lines(0, 6), 2)
        return report

    watch = make(move=True)
    put(folder / "a.jsonl", lines(0, 3), 1)
    list(watch.look())
    with monkeypatch.context() as patched:
        patched.setattr(watching_module, "import_path", growing)
        (outcome,) = watch.look()
        assert outcome.state == "done" and not outcome.moved_to
    while not (outcomes := list(watch.look())):
        pass
    assert outcomes[0].moved_to == "done/a.jsonl"
    assert kept(tmp_path / "home") == (6, 6)


def test_asked_to_stop_it_keeps_the_chunk_and_the_next_run_goes_on(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_files, "CHUNK_ROWS", ROWS)
    put(folder / "a.jsonl", lines(0, 5 * ROWS))
    stopped = make(stopping=lambda: True)
    list(stopped.look())
    assert done(list(stopped.look())) == [("a.jsonl", "stopped")]
    assert kept(tmp_path / "home") == (ROWS, ROWS)
    watch = make()
    list(watch.look())
    (outcome,) = watch.look()
    assert outcome.report is not None and outcome.report.resumed and outcome.report.events == 4 * ROWS
    assert kept(tmp_path / "home") == (5 * ROWS, 5 * ROWS)


def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "a.jsonl", lines(0, 40 * ROWS))
    script = Path(__file__).parents[1] / "support" / "watch_worker.py"
    command = [sys.executable, str(script), str(tmp_path / "home"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(3)] == ["kept\n"] * 3
        child.send_signal(signal.SIGKILL)
        assert "done" not in child.stdout.read()
    assert child.returncode == -signal.SIGKILL
    monkeypatch.setattr(table_files, "CHUNK_ROWS", ROWS)
    watch = make()
    list(watch.look())
    (outcome,) = watch.look()
    assert outcome.report is not None and outcome.report.resumed and outcome.report.events < 40 * ROWS
    assert kept(tmp_path / "home") == (40 * ROWS, 40 * ROWS)


def test_a_wrong_mapping_stops_the_watch_rather_than_failing_every_file(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    put(folder / "a.jsonl", lines(0, 3))
    watch = make(move=True)
    watch.mapping = put(tmp_path / "m.toml", "[verbs")
    list(watch.look())
    with pytest.raises(BadInput, match="mapping file is wrong"):
        list(watch.look())
    assert (folder / "a.jsonl").exists()


def test_rules_and_folders_that_are_not_there_are_refused(make: Callable[..., FolderWatch], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no format 'nonsense'"):
        watch_rule("*.x=nonsense")
    watch = replace(make(), folder=tmp_path / "nowhere")
    with pytest.raises(BadInput, match="no such folder"):
        list(watch.look())


def test_once_looks_twice_and_tells_by_its_exit_code(folder: Path, make: Callable[..., FolderWatch]) -> None:
    put(folder / "a.jsonl", lines(0, 3))
    told: list[Outcome] = []
    waits: list[bool] = []

    def wait() -> bool:
        waits.append(True)
        return False

    assert keep_looking(make(), told.append, wait, once=True) == 0
    assert (done(told), len(waits)) == ([("a.jsonl", "done")], 1)
    put(folder / "sis" / "b.zip", "no zip")
    assert keep_looking(make(), told.append, wait, once=True) == 1


def test_until_stopped_it_keeps_looking_and_tells_what_waits_once(
    folder: Path, make: Callable[..., FolderWatch], tmp_path: Path
) -> None:
    put(folder / "a.jsonl", lines(0, 3))
    told: list[Outcome] = []
    waited = 0

    def wait() -> bool:
        nonlocal waited
        waited += 1
        return waited == 5

    with open_home(settings_of(tmp_path / "home"), writing=True):
        assert keep_looking(make(), told.append, wait, once=False) == 0
    assert (done(told), waited) == ([("a.jsonl", "waits")], 5)
