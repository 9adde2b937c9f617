"""A home is its owner's alone to read, unless its folder lets others in."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from platform_home import open_platform, settings_at
from small_platform import platform_events

from staycourse.app.homes import Home, open_home
from staycourse.app.nights import backup_to_file, examine, restore_home, run_nightly


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(home: Path) -> tuple[set[int], set[int]]:
    """Return the modes of the folders and of the files in a home, its own included."""
    inside = [home, *home.rglob("*")]
    bits = {path: stat.S_IMODE(path.stat().st_mode) for path in inside}
    return {bits[path] for path in inside if path.is_dir()}, {bits[path] for path in inside if not path.is_dir()}


def filled(place: Path) -> None:
    with open_platform(place, None, platform_events()) as home:
        run_nightly(home, home.as_of(None), lambda *_: None)


def of_home(home: Home) -> str:
    return next(one.state for one in examine(home) if one.check == "home")


@pytest.mark.parametrize("made", [None, 0o755])
def test_a_new_home_is_its_owners_alone(tmp_path: Path, made: int | None) -> None:
    if made is not None:
        (tmp_path / "home").mkdir(mode=made)
    filled(tmp_path / "home")
    assert modes(tmp_path / "home") == ({0o700}, {0o600})
    with open_home(settings_at(tmp_path / "home"), writing=True) as home:
        assert of_home(home) == "ok"
        backup_to_file(home, tmp_path / "backup.tar")
    os.umask(0o022)
    with (tmp_path / "backup.tar").open("rb") as source:
        restore_home(settings_at(tmp_path / "again"), source)
    assert modes(tmp_path / "again") == ({0o700}, {0o600})
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600


def test_a_folder_that_lets_a_group_in_does_so_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o770)
    filled(tmp_path / "home")
    inside = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").rglob("*")}
    assert {mode for path, mode in inside.items() if path.is_dir()} == {0o770}
    closed = {path.name for path, mode in inside.items() if not mode & stat.S_IRGRP}
    assert closed <= {"secret"} and not any(mode & 0o007 for mode in inside.values())
    with open_home(settings_at(tmp_path / "home"), writing=True) as home:
        assert of_home(home) == "ok"


def test_a_home_that_everybody_may_read_is_left_so_and_told(tmp_path: Path) -> None:
    filled(tmp_path / "home")
    (tmp_path / "home").chmod(0o755)
    with open_home(settings_at(tmp_path / "home"), writing=True) as home:
        assert of_home(home) == "warn"
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o755
