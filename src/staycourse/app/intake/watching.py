"""A folder that is watched: which files are new and at rest, and what becomes of each. It holds no home while idle."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from staycourse.adapters.importers import IMPORTERS
from staycourse.app.homes.home import Home, open_home
from staycourse.app.intake.imports import ImportReport, import_path
from staycourse.kernel import BadInput, HomeInUse, Settings, StorageFault, worded

UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", ".filepart", ".swp", "~", ".why.txt")
"""Names of files that are still being written, and of our own notes."""

DONE, FAILED = "done", "failed"
MOST_PATIENCE = 64
MOST_FILES = 100_000


@dataclass(frozen=True, slots=True)
class WatchRule:
    """Files whose path within the folder fits `pattern` (* and ?; `name/` is all in a sub-folder) are of `format`."""

    format: str
    pattern: str = "*"

    def fits(self, path: str) -> bool:
        """Say whether the file `path`, relative to the folder, is of this rule."""
        if self.pattern.endswith("/"):
            return path.startswith(self.pattern)
        return fnmatch(path, self.pattern) or fnmatch(path.rpartition("/")[2], self.pattern)


def watch_rule(text: str) -> WatchRule:
    """Read `FORMAT` or `PATTERN=FORMAT`; BadInput if there is no such format."""
    pattern, _, format = text.rpartition("=")
    if format not in IMPORTERS:
        raise BadInput(
            worded("there is no format {format!r}", format=format[:40]),
            where="--format",
            mend=worded("use one of {choices}", choices=", ".join(IMPORTERS)),
        )
    return WatchRule(format, pattern or "*")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file looked like: if it is the same at the next look, nobody is writing it."""

    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `why` says in one line why it failed or waits; `moved_to` is where it is now."""

    file: str
    state: Literal["done", "failed", "waits", "stopped"]
    report: ImportReport | None = None
    why: str = ""
    moved_to: str = ""


class _Stopped(Exception):
    """We were asked to stop: raised between two chunks, when the last one is kept and its position noted."""


@dataclass(slots=True)
class FolderWatch:
    """Looks at `folder` again and again. A file is taken when two looks on end found it the same.

    A file that changes after it was taken is read anew from its start, which doubles nothing: its events have the ids
    they had. Each time it must have been at rest for twice as many looks (up to MOST_PATIENCE), so that a log that
    grows for ever is not read for ever. With `move` files go to `done/` or `failed/` in the folder.
    """

    settings: Settings
    folder: Path
    rules: Sequence[WatchRule]
    mapping: Path | None = None
    move: bool = False
    stopping: Callable[[], bool] = lambda: False
    _seen: dict[str, tuple[Seen, int]] = field(default_factory=dict)
    _settled: dict[str, Seen] = field(default_factory=dict)
    _reads: dict[str, int] = field(default_factory=dict)

    def look(self) -> Iterator[Outcome]:
        """Look once, and read what is new and at rest, the oldest first; BadInput if the folder is not there."""
        for path, format in self._at_rest():
            outcome = self._take(path, format)
            yield outcome
            if outcome.state in ("waits", "stopped"):
                return

    def _at_rest(self) -> list[tuple[str, str]]:
        found = dict(self._files())
        ready: list[tuple[int, str, str]] = []
        for path, (seen, format) in found.items():
            before, looks = self._seen.get(path, (None, 0))
            looks = looks + 1 if before == seen else 0
            self._seen[path] = (seen, looks)
            patience = min(2 ** self._reads.get(path, 0), MOST_PATIENCE)
            if looks >= patience and self._settled.get(path) != seen:
                ready.append((seen.modified, path, format))
        for known in (self._seen, self._settled, self._reads):
            for gone in known.keys() - found.keys():
                del known[gone]
        return [(path, format) for _, path, format in sorted(ready)]

    def _files(self) -> Iterator[tuple[str, tuple[Seen, str]]]:
        """Yield the files that a rule fits, with their looks: none hidden, unfinished, empty, or a link."""
        if not self.folder.is_dir():
            raise BadInput("there is no such folder", where=str(self.folder), mend="make it, or check the path")
        count = 0
        for place, folders, names in os.walk(self.folder):
            inside = Path(place).relative_to(self.folder)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if self.move and inside == Path():
                folders[:] = [name for name in folders if name not in (DONE, FAILED)]
            for name in names:
                path = (inside / name).as_posix()
                rule = next((rule for rule in self.rules if rule.fits(path)), None)
                if rule is None or name.startswith(".") or name.lower().endswith(UNFINISHED):
                    continue
                seen = _seen(self.folder / path)
                count += 1
                if seen is not None and count <= MOST_FILES:
                    yield path, (seen, rule.format)

    def _take(self, path: str, format: str) -> Outcome:
        """Read one file. What is wrong with it settles it; what is wrong with the home or disk is tried again."""
        before = _seen(self.folder / path)
        try:
            with open_home(self.settings, writing=True) as home:
                outcome = self._read(home, path, format)
        except _Stopped:
            return Outcome(path, "stopped")
        except (HomeInUse, StorageFault, OSError) as error:
            return Outcome(path, "waits", why=" ".join(str(error).split()))
        return self._settle(path, before, outcome)

    def _read(self, home: Home, path: str, format: str) -> Outcome:
        file = self.folder / path
        try:
            report = import_path(home, format, file, self.mapping, self._between_chunks)
            return Outcome(path, "failed" if report.fruitless else "done", report, _why(report))
        except BadInput as error:
            if self.mapping is not None and error.where.startswith(str(self.mapping)):
                raise  # no file's fault: every file would fail by it
            gone = not file.exists()
            return Outcome(path, "failed", why="it went away" if gone else " ".join(str(error).split()))

    def _between_chunks(self, _done: int, _total: int | None) -> None:
        if self.stopping():
            raise _Stopped

    def _settle(self, path: str, before: Seen | None, outcome: Outcome) -> Outcome:
        """Remember what became of a file, as it was when reading began: one that changed meanwhile is read again."""
        self._reads[path] = self._reads.get(path, 0) + 1
        if before is None:
            return outcome
        self._settled[path] = before
        if not self.move or _seen(self.folder / path) != before:
            return outcome
        place = _moved(self.folder, path, DONE if outcome.state == "done" else FAILED)
        for known in (self._seen, self._settled, self._reads):
            del known[path]
        if outcome.why:
            place.with_name(f"{place.name}.why.txt").write_text(f"{outcome.why}\n", encoding="utf-8")
        return Outcome(
            outcome.file, outcome.state, outcome.report, outcome.why, place.relative_to(self.folder).as_posix()
        )


def _why(report: ImportReport) -> str:
    """Say why an import that failed did; "" for one that did not."""
    if not report.fruitless:
        return ""
    return worded("no row of it could be used; they stand with their reasons in {file}", file=report.rejected_file)


def _seen(file: Path) -> Seen | None:
    """Return what a regular file looks like; None if it is none, is empty or went away."""
    try:
        found = file.lstat()
    except OSError:
        return None
    return Seen(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) and found.st_size else None


def _moved(folder: Path, path: str, to: str) -> Path:
    """Move a file below `to`, under a name that is free; return its place."""
    target = folder / to / path
    target.parent.mkdir(parents=True, exist_ok=True)
    place, number = target, 0
    while place.exists():
        number += 1
        place = target.with_name(f"{target.name}.{number}")
    (folder / path).rename(place)
    return place
