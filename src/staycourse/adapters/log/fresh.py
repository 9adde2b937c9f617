"""The log as it grows, for one reader who must miss nothing: every frame once, and a word when one was missed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from staycourse.adapters.log.beside import content_of, identity_of, listed, size_of
from staycourse.adapters.segments import Frame, Fresh, guarded, lane_number, lanes, read_frames

MOST_BYTES = 8 << 20
"""How much of each lane one reading takes in at most; a frame that is longer is read whole."""


@dataclass(slots=True)
class _Known:
    """A segment of which `offset` bytes were read; `whole` once it was closed and read to its end."""

    number: int
    identity: str
    offset: int = 0
    whole: bool = False


@dataclass(slots=True)
class FreshLog:
    """Implements FreshReader: the log in `folder` from its oldest segment on, but for those of `applied`.

    Frames are in order within each lane; `missed`: a segment went that was not read to its end.
    """

    folder: Path
    applied: Collection[str] = ()
    seen: set[str] = field(default_factory=set, init=False)
    pause: float = field(default=0.01, init=False)
    _lanes: dict[int, dict[str, _Known]] = field(default_factory=dict, init=False)
    _begun: bool = field(default=False, init=False)
    _newest: dict[int, int] = field(default_factory=dict, init=False)

    def read(self) -> Fresh:
        """Return what was appended since the last reading."""
        frames: list[Frame] = []
        missed = more = False
        with guarded(self.folder, "the log cannot be read"):
            for lane in lanes(self.folder):
                its, gone, rest = self._read_lane(lane)
                frames += its
                missed |= gone
                more |= rest
        self._begun = True
        return Fresh(tuple(frames), missed, more)

    def unheard(self, applied: Collection[str]) -> bool:
        """See FreshReader."""
        return bool(set(applied) - self.seen - set(self.applied))

    def _read_lane(self, lane: Path) -> tuple[list[Frame], bool, bool]:
        number = lane_number(lane)
        known = self._lanes.setdefault(number, {})
        there = _segments(lane)
        missed = any(not one.whole for one in known.values() if one.identity not in {name for _, _, name in there})
        self._lanes[number] = known = {name: known[name] for _, _, name in there if name in known}
        frames: list[Frame] = []
        budget = MOST_BYTES
        for place, path, identity in there:
            if identity in self.applied:
                self._newest[number] = place
                continue
            one = known.get(identity)
            if one is None:
                before = self._newest.get(number)
                missed |= self._begun and before is not None and place > 1 and place != before + 1
                one = known[identity] = _Known(place, identity)
                self._newest[number] = place
            if one.whole:
                continue
            if budget <= 0:
                return frames, missed, True
            content, closed = content_of(path, one.offset, budget)
            if content is None:
                missed = True
                continue
            read = read_frames(content)
            frames += read.frames
            if read.frames:
                self.seen.add(identity)
            budget -= len(content)
            rest = one.offset + len(content) < size_of(path)
            one.offset += read.good_end
            one.whole = closed and not rest
            if rest:
                return frames, missed, True
        return frames, missed, False


def _segments(lane: Path) -> list[tuple[int, Path, str]]:
    headed = ((number, lane / name, identity_of(lane / name)) for number, name in listed(lane))
    return [one for one in headed if one[2]]
