"""Backups and restores that were killed, refused, or short of room: begun again they go through."""

import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from platform_home import open_platform, settings_at
from small_platform import NOW as PLATFORM_NOW
from small_platform import platform_events

from staycourse.app.homes import Home, open_home
from staycourse.app.nights import backup_home, backup_to_file, erase_learner, restore_home
from staycourse.kernel import BadInput, HomeInUse, StorageFault

NOW = datetime.fromisoformat(PLATFORM_NOW)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_platform(tmp_path / "home", None, platform_events()) as opened:
        yield opened


@pytest.fixture
def kept(home: Home) -> bytes:
    out = io.BytesIO()
    backup_home(home, out)
    return out.getvalue()


KILLED = """
import io, os, signal, sys
from datetime import datetime
from pathlib import Path
from staycourse.adapters.backup import archive
from staycourse.app.nights import restore_home
from staycourse.kernel import FixedClock, Settings

left, whole = int(sys.argv[3]), archive.ArchiveReader._write
def write(self, place, content):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(self, place, content)

archive.ArchiveReader._write = write
clock = FixedClock(datetime.fromisoformat("2024-03-10T00:00:00+00:00"))
with open(sys.argv[1], "rb") as source:
    restore_home(Settings(Path(sys.argv[2]), "main", "UTC", clock, 1, 1), source)
"""


@pytest.mark.parametrize("files", [0, 3])
def test_a_restore_that_was_killed_is_begun_again_where_it_was(
    home: Home, kept: bytes, tmp_path: Path, files: int
) -> None:
    place, source = tmp_path / "back", tmp_path / "kept.tar"
    source.write_bytes(kept)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(source), str(place), str(files)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(StorageFault, match="broke off"):
        Home(settings_at(place), writing=False)
    (place / "half").write_bytes(b"x")
    restore_home(settings_at(place), io.BytesIO(kept))
    assert not (place / "half").exists()
    with open_home(settings_at(place), writing=True) as back:
        assert back.lake.verify().wrong == () and back.lake.health() == home.lake.health()


def test_what_is_no_backup_leaves_nothing_behind(tmp_path: Path) -> None:
    for content in (b"", os.urandom(20_000)):
        with pytest.raises(BadInput, match="no backup"):
            restore_home(settings_at(tmp_path / "back"), io.BytesIO(content))
    assert not (tmp_path / "back").exists()


def test_a_damaged_one_can_be_followed_by_a_good_one(kept: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cut short|not finished"):
        restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept[: len(kept) // 2]))
    assert restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept)).rows


def test_a_store_that_only_was_looked_at_is_empty(kept: bytes, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/looked.db"
    with open_home(settings_at(tmp_path / "looked", store=store), writing=False):
        pass  # as `staycourse doctor` does with a new store: it knows the tenant by now
    assert restore_home(settings_at(tmp_path / "back", store=store), io.BytesIO(kept)).rows


def test_one_that_holds_something_is_told_before_the_files_are_unpacked(
    home: Home, kept: bytes, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="the store is not empty"):
        restore_home(settings_at(tmp_path / "back", store=f"sqlite:///{home.path}/store.db"), io.BytesIO(kept))
    assert not (tmp_path / "back" / "tenants").exists()


def test_rows_wait_in_the_home_and_not_in_the_system_s_folder(
    home: Home, kept: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))  # of other people, or in memory and small
    monkeypatch.setattr("staycourse.adapters.backup.archive._SPOOL_BYTES", 1)
    out = io.BytesIO()
    backup_home(home, out)
    assert restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept)).rows


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow past `size` bytes: writing fails then as on a full disk."""
    former, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_backup_without_room_names_its_own_place_and_leaves_none_of_it(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "kept.tar"
    place.write_bytes(b"the one before")
    with room_for(40_000), pytest.raises(StorageFault) as told:
        backup_to_file(home, place)
    assert told.value.where == str(place)
    assert place.read_bytes() == b"the one before" and not list(tmp_path.glob("kept.tar?*"))
    assert not list(home.path.glob(".picture-*")) and capfd.readouterr().err == ""


def test_two_backups_to_one_place_do_not_spoil_each_other(home: Home, tmp_path: Path) -> None:
    place, whole = tmp_path / "kept.tar", backup_home
    refused = []

    def second(one: Home, out: Any, **more: Any) -> Any:
        report = whole(one, out, **more)
        with pytest.raises(HomeInUse, match="another backup") as told:
            backup_to_file(home, place)
        refused.append(told.value.where)
        return report

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("staycourse.app.nights.backup.backup_home", second)
        backup_to_file(home, place)
    assert refused == [str(place)]
    with place.open("rb") as source:
        assert restore_home(settings_at(tmp_path / "back"), source).rows


def test_a_killed_backup_s_links_go_with_who_is_erased(home: Home) -> None:
    picture = home.path / ".picture-killed"
    picture.mkdir()
    (picture / "0").write_bytes(b"of a learner")
    erase_learner(home, "learner-04", actor="tests")
    assert not picture.exists()
