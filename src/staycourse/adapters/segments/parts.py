"""What the lake takes over: closed parts of a log, read whole, dropped once they are safe elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from staycourse.adapters.segments.disk import guarded, remove_files
from staycourse.adapters.segments.folder import CLOSED, keep_aside, lanes, segment_number
from staycourse.adapters.segments.frames import HEADER_BYTES, Frame, read_frames


@dataclass(frozen=True, slots=True)
class Part:
    """One closed part of the log, before it is read.

    `name` tells it within its log. `identity` is never given twice, not even by a log begun anew.
    """

    name: str
    bytes: int
    identity: str


@dataclass(frozen=True, slots=True)
class PartContent:
    """A part as read; `damage` says what was lost."""

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
    """The closed segment files of one log, all its lanes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def parts(self) -> list[Part]:
        with guarded(self._folder, "the log cannot be read"):
            return [
                Part(str(path.relative_to(self._folder)), path.stat().st_size, _identity(path))
                for path in self._closed()
            ]

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
        for lane in lanes(self._folder):
            found = [path for path in lane.iterdir() if path.suffix == CLOSED and segment_number(path) >= 0]
            yield from sorted(found, key=segment_number)

    @staticmethod
    def _aside(path: Path, content: bytes, start: int, end: int) -> str:
        kept = keep_aside(path, start, content[start:end])
        return f"{path.name}: bytes {start} to {end} are damaged, kept as {kept.name}"


def _identity(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(HEADER_BYTES).hex()
