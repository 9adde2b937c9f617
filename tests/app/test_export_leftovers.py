"""An export that was being sent when its process was killed does not stay: nothing else would ever erase it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_site import open_site
from platform_home import GONE, open_platform
from small_platform import platform_events

from staycourse.adapters.shelf import PassingFolder, clear_left
from staycourse.app.nights import erase_learner
from staycourse.app.outgoing import export
from staycourse.kernel import StorageFault

SENDER = """
import sys
from pathlib import Path
from staycourse.adapters.shelf import PassingFolder
folder = PassingFolder(Path(sys.argv[1]))
(folder.path / "messages.parquet").write_text("a learner")
print(folder.path, flush=True)
sys.stdin.read()
"""


WRITER = """
import sys
from pathlib import Path
from staycourse.adapters.shelf import half_written
with half_written(Path(sys.argv[1])) as fresh:
    fresh.write_text("a learner")
    print(fresh, flush=True)
    sys.stdin.read()
"""


@contextmanager
def _sender(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process in the middle of an export; it is killed at the latest at the end."""
    command = [sys.executable, "-c", SENDER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            place = Path(process.stdout.readline().strip())
            assert [one.name for one in place.iterdir()] == ["messages.parquet"]
            yield process
        finally:
            process.kill()


def _left(home: Path) -> list[Path]:
    return list(home.glob("export-*"))


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Give a home in which a process was killed in the middle of an export."""
    home = tmp_path / "home"
    home.mkdir()
    with _sender(home) as process:
        assert clear_left(home) == 1 and len(_left(home)) == 1  # at work: it is left alone
        process.kill()
        process.wait()
    assert len(_left(home)) == 1
    return home


def test_the_next_export_and_the_next_server_clear_it(killed: Path) -> None:
    folder = PassingFolder(killed)
    assert _left(killed) == [folder.path]
    folder.close()
    assert _left(killed) == [] and clear_left(killed) == 0


def test_a_folder_that_is_forgotten_goes_too(tmp_path: Path) -> None:
    folder = PassingFolder(tmp_path)
    assert _left(tmp_path)
    del folder
    assert _left(tmp_path) == []


def test_a_server_that_starts_clears_what_its_forerunner_left(killed: Path) -> None:
    with open_site(killed) as site:
        assert _left(killed) == []
        assert site.ask("/v1/exports/learners.parquet", method="GET").status_code == 200
        assert _left(killed) == []


def test_erasure_clears_it_and_waits_for_one_that_is_being_sent(killed: Path) -> None:
    with open_platform(killed, None, platform_events()) as home:
        with _sender(killed), pytest.raises(StorageFault) as fault:
            erase_learner(home, GONE, actor="test")
        assert "export" in str(fault.value.where)
        assert len(_left(killed)) == 1  # of the two, that of who was at work
        assert erase_learner(home, GONE, actor="test").again
        assert _left(killed) == []


def test_what_a_killed_export_left_in_the_operators_folder_goes_with_the_next_one(tmp_path: Path) -> None:
    place = tmp_path / "out" / "learners.csv"
    place.parent.mkdir()
    command = [sys.executable, "-c", WRITER, str(place)]
    with open_platform(tmp_path / "home", None, platform_events()) as home:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            left = Path(process.stdout.readline().strip())
            export(home, home.tenant, "learners", place)
            assert sorted(place.parent.iterdir()) == sorted([left, place]), "at work: it is left alone"
            process.kill()
        assert left.exists()
        export(home, home.tenant, "learners", place)
        assert list(place.parent.iterdir()) == [place]
