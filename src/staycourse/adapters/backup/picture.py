"""A still picture of a folder: hard links to its files, and how long each was, made in moments while others write on.

Files of a home either never change once they are there, or only grow (segments being written): a link and a length are
a copy of both.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from staycourse.adapters.segments import guarded
from staycourse.kernel import fresh_id

PREFIX = ".picture-"
LEFT_OUT_SUFFIXES = (".tmp", ".unfinished", ".fresh", ".lock")
LEFT_OUT_NAMES = ("lock", "store.db", "store.db-wal", "store.db-shm", "store.db-journal")
"""Locks, what is half written, and the store's own files: its rows are taken apart from them."""

LEFT_OUT_FOLDERS = ("tenants/*/rollup/scratch", "tenants/*/rollup/settled", "export-*", "limits")
"""What an engine puts aside while it answers or to answer sooner, exports that are being fetched, and how much keys
have asked for just now."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a picture: its path in the home, the link, and how many bytes of it belong."""

    name: str
    link: Path
    bytes: int


@dataclass(slots=True)
class StillPicture:
    """Links under `folder` to files of `home`. Add what is to be kept, in the order in which it is to be taken."""

    home: Path
    folder: Path
    files: dict[str, Kept]

    def add(self, *names: str) -> None:
        """Keep the files of the home at or under `names` ("" for all); those kept already stay as they were.

        One that goes away meanwhile is left out: what replaces it was there before.
        """
        for name in names:
            for path in _files(self.home / name if name else self.home, self.home):
                self._link(path)

    def read(self) -> Iterator[Kept]:
        """Return what was kept, in the order in which it was added."""
        yield from self.files.values()

    def close(self) -> None:
        """Let the links go."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _link(self, path: Path) -> None:
        name = path.relative_to(self.home).as_posix()
        if name in self.files:
            return
        link = self.folder / str(len(self.files))
        try:
            size = path.stat().st_size
            os.link(path, link)
        except FileNotFoundError:
            return
        self.files[name] = Kept(name, link, size)


def still_picture(home: Path) -> StillPicture:
    """Begin a picture of `home`, beside its files."""
    folder = home / f"{PREFIX}{fresh_id()[:12]}"
    with guarded(folder, "no backup can be begun here"):
        folder.mkdir(mode=0o700)
    return StillPicture(home, folder, {})


def clear_pictures(home: Path) -> None:
    """Remove the pictures of backups that were killed. Only while nobody else makes one."""
    for left in home.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _files(place: Path, home: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    try:
        inside = sorted(place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in inside:
        if path.name.startswith(PREFIX) or path.name in LEFT_OUT_NAMES or path.suffix in LEFT_OUT_SUFFIXES:
            continue
        if path.is_dir() and not path.is_symlink():
            if not _left_out(path.relative_to(home)):
                yield from _files(path, home)
        elif path.is_file():
            yield path


def _left_out(folder: PurePath) -> bool:
    """Say whether a folder, by its place in the home, is one of LEFT_OUT_FOLDERS."""
    return any(len(folder.parts) == pattern.count("/") + 1 and folder.match(pattern) for pattern in LEFT_OUT_FOLDERS)
