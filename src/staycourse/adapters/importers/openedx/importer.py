"""Tracking logs as events: the rules of the translation are in table.py and docs/importing.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.drafts import SHOWN, Origin
from staycourse.adapters.importers.lines import Line, files_of, lines_of
from staycourse.adapters.importers.openedx.plays import Play, Plays, Session
from staycourse.adapters.importers.openedx.record import UNREADABLE, Record, decode, thing
from staycourse.adapters.importers.openedx.table import (
    KINDS_BY_TYPE,
    PAGE_ENDS,
    PAGE_VERBS,
    PASS_MARK,
    VIDEO_BEGINS,
    VIDEO_ENDS,
    VIDEO_ID,
    VIDEO_JUMPS,
    Kind,
)
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.steps import Draft, Told, Walk
from staycourse.events import VERBS_BY_NAME
from staycourse.kernel import natural_id

SOURCE = "openedx"
ENDINGS = (".log", ".json", ".jsonl", ".ndjson")
_LOOK = 100
"""Lines looked at to find a file's first time."""


@dataclass(frozen=True, slots=True)
class OpenedxImporter:
    """Reads a tracking log, or a folder of rotated ones in order of time. Positions count their lines."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        files = _in_time(files_of(path, ENDINGS, marks=(".log",)), path)
        walk = Walk(options, rejects, progress, SOURCE, CHUNK_ROWS, str(path))
        return walk.chunks(_records(files), Teller().tell, resume_after)


def _in_time(files: Sequence[Path], path: Path) -> list[tuple[Path, str]]:
    """Return the files in the order of their first event's time, with the names they are told by."""
    if len(files) == 1:
        return [(files[0], "" if files[0] == path else str(files[0].relative_to(path)))]
    named = [(file, str(file.relative_to(path))) for file in files]
    return sorted(named, key=lambda each: (_first_time(each[0]), each[1]))


def _first_time(file: Path) -> str:
    for line in lines_of(file, ""):
        try:
            return decode(line.data or b"").moment().isoformat()
        except UNREADABLE:
            if line.number >= _LOOK:
                break
    return ""


def _records(files: Sequence[tuple[Path, str]]) -> Iterator[tuple[Origin, Line]]:
    for file, name in files:
        for line in lines_of(file, name):
            if line.data is None or line.data.strip():
                yield Origin(name, line.number, (line.data or b"")[:SHOWN]), line


@dataclass(slots=True)
class Teller:
    """Tells what each line says, one after another; what it remembers between them are the videos that play."""

    plays: Plays = field(default_factory=Plays)

    def tell(self, line: Line) -> Told:
        """Tell one line."""
        if line.data is None:
            return Told(faults=[("", "the line is too long")])
        try:
            record = decode(line.data)
            moment = record.moment()
        except UNREADABLE as error:
            return Told(faults=[("", f"it is not a tracking event ({str(error)[:200]})")])
        return self._said(record, moment)

    def _said(self, record: Record, moment: datetime) -> Told:
        learner, name = record.learner(), record.event_type
        kind = KINDS_BY_TYPE.get(name)
        if name.startswith("/"):
            return _page(record, learner, moment)
        if not learner and not (kind and kind.subject):
            return Told(unused=["of nobody"])
        if name in VIDEO_ENDS or name in VIDEO_JUMPS or name in PAGE_ENDS:
            return self._video(record, learner, moment)
        if kind is None:
            return Told(unused=[name])
        if name in VIDEO_BEGINS:
            self._begin(record, learner, moment)
        return _act(record, kind, learner, moment)

    def _begin(self, record: Record, learner: str, moment: datetime) -> None:
        payload = record.payload()
        course = record.course(payload)
        if course:
            play = Play(record.natural(learner, moment), course, moment, _place(payload))
            self.plays.begin(_session(record, learner), thing(payload, VIDEO_ID), play)

    def _video(self, record: Record, learner: str, moment: datetime) -> Told:
        payload = record.payload()
        session, video = _session(record, learner), thing(payload, VIDEO_ID)
        if record.event_type in VIDEO_JUMPS:
            self.plays.jump(session, video, *(_seconds(payload.get(name)) for name in ("old_time", "new_time")))
            return Told(unused=[record.event_type])
        closing = record.event_type in PAGE_ENDS
        drafts = []
        for ending in self.plays.playing(session) if closing else [video]:
            ended = self.plays.end(session, ending, moment, None if closing else _place(payload))
            if ended is not None:
                drafts.append(_watched(learner, ending, *ended, moment))
        return Told(drafts) if drafts else Told(unused=[record.event_type])


def _watched(learner: str, video: str, play: Play, seconds: int, moment: datetime) -> Draft:
    return {
        "event_id": natural_id(SOURCE, "watched", play.event_id), "learner": learner, "verb": "video_watched",
        "time": moment, "course": play.course, "object": video, "value": seconds,
    }  # fmt: skip


def _session(record: Record, learner: str) -> Session:
    return learner, record.session or ""


def _place(payload: dict[str, Any]) -> float | None:
    """Return where in the video it happened: browsers write currentTime, the mobile apps current_time."""
    found = _seconds(payload.get("currentTime"))
    return _seconds(payload.get("current_time")) if found is None else found


def _seconds(given: Any) -> float | None:
    try:
        found = float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found < 1e6 else None


def _page(record: Record, learner: str, moment: datetime) -> Told:
    page = record.page()
    verb = PAGE_VERBS.get(page[0]) if page else None
    if page is None or verb is None:
        return Told(unused=["a request for another page"])
    if not learner:
        return Told(unused=["of nobody"])
    return Told([{
        "event_id": record.natural(learner, moment), "learner": learner, "verb": verb, "time": moment,
        "course": record.course({}), "object": "/".join(filter(None, page))[:500], "value": 1,
    }])  # fmt: skip


def _act(record: Record, kind: Kind, learner: str, moment: datetime) -> Told:
    payload = record.payload()
    if kind.subject:
        subject = payload.get("user_id")
        learner = str(subject) if isinstance(subject, int | str) and subject != "" else learner
    course = record.course(payload)
    if not learner or (not course and VERBS_BY_NAME[kind.verb].needs_course):
        return Told(unused=[f"{record.event_type} of no {'course' if learner else 'learner'}"])
    chosen = _TAKE[kind.take](kind, record, payload)
    if chosen is None:
        return Told(unused=[record.event_type])
    verb, value = chosen
    words = payload.get(kind.text) if kind.text else None
    return Told([{
        "event_id": record.natural(learner, moment), "learner": learner, "verb": verb, "time": moment,
        "course": course, "object": thing(payload, kind.thing), "value": value,
        "text": words[:10_000] if isinstance(words, str) else "",
    }])  # fmt: skip


Chosen = tuple[str, int | None] | None


def _problem(kind: Kind, record: Record, payload: dict[str, Any]) -> Chosen:
    """One question is answered right or wrong; a problem of several questions is a quiz with a grade.

    The browser's line of the same answer holds no grade, and is not used.
    """
    success, parts = payload.get("success"), payload.get("correct_map")
    if record.event_source == "browser" or success not in ("correct", "incorrect"):
        return None
    grade, most = _seconds(payload.get("grade")), _seconds(payload.get("max_grade"))
    if not isinstance(parts, dict) or len(parts) < 2 or grade is None or not most:
        return kind.verb, int(success == "correct")
    share = min(grade / most, 1.0)
    return "quiz_passed" if share >= PASS_MARK else "quiz_failed", round(share * 10_000)


def _right(kind: Kind, _record: Record, payload: dict[str, Any]) -> Chosen:
    right = payload.get("is_correct")
    return (kind.verb, int(right)) if isinstance(right, bool) else None


def _completion(kind: Kind, _record: Record, payload: dict[str, Any]) -> Chosen:
    share = _seconds(payload.get("completion"))
    if share is None or share <= 0:
        return None
    return (kind.verb, None) if share >= 1 else ("lesson_progressed", round(share * 10_000))


def _thread(kind: Kind, _record: Record, payload: dict[str, Any]) -> Chosen:
    return "question_asked" if payload.get("thread_type") == "question" else kind.verb, None


_TAKE: dict[str, Callable[[Kind, Record, dict[str, Any]], Chosen]] = {
    "": lambda kind, *_: (kind.verb, None),
    "one": lambda kind, *_: (kind.verb, 1),
    "success": _problem,
    "right": _right,
    "completion": _completion,
    "thread": _thread,
}
