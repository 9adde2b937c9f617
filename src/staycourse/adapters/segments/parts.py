"""What the lake takes over: closed parts of a log, read whole, dropped once they are safe elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from staycourse.adapters.segments.disk import guarded, remove_files
from staycourse.adapters.segments.folder import CLOSED, keep_aside, segment_number
from staycourse.adapters.segments.frames import Frame, read_frames


@dataclass(frozen=True, slots=True)
class Part:
    """One closed part of the log, before it is read. `name` tells it within its log."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PartContent:
    """A part as read. `identity` is never given twice, not even by a log begun anew; `damage` says what was lost."""

    identity: str
    frames: Mapping[str, Sequence[Frame]]
    damage: tuple[str, ...] = ()


class ClosedParts(Protocol):
    """A log as the compactor sees it. The segment files are one; a NATS JetStream consumer can be another."""

    def parts(self) -> Sequence[Part]:
        """Return the parts that will not change any more, oldest first."""
        ...

    def read(self, part: Part) -> PartContent:
        """Return the frames of `part` by tenant, in the order of their arrival."""
        ...

    def drop(self, parts: Sequence[Part]) -> None:
        """Forget `parts`: all they hold is safe elsewhere."""
        ...


class SegmentParts:
    """The closed segment files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def parts(self) -> list[Part]:
        return [Part(path.name, path.stat().st_size) for path in self._closed()]

    def read(self, part: Part) -> PartContent:
        path = self._folder / part.name
        with guarded(path, "a segment of the log cannot be read"):
            content = path.read_bytes()
            reading = read_frames(content)
            damage = tuple(self._aside(path, content, start, end) for start, end in reading.damage)
        frames: dict[str, list[Frame]] = {}
        for frame in reading.frames:
            frames.setdefault(frame.tenant, []).append(frame)
        return PartContent(reading.segment, frames, damage)

    def drop(self, parts: Sequence[Part]) -> None:
        with guarded(self._folder, "compacted segments cannot be removed"):
            remove_files(self._folder / part.name for part in parts)

    def _closed(self) -> Iterator[Path]:
        if self._folder.is_dir():
            found = [path for path in self._folder.iterdir() if path.suffix == CLOSED and segment_number(path) >= 0]
            yield from sorted(found, key=segment_number)

    @staticmethod
    def _aside(path: Path, content: bytes, start: int, end: int) -> str:
        kept = keep_aside(path, start, content[start:end])
        return f"{path.name}: bytes {start} to {end} are damaged, kept as {kept.name}"
