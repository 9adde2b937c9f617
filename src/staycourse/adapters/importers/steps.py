"""Reading records one after another into chunks: the walk that importers of line files share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from staycourse.adapters.importers.base import Chunk, ImportOptions, Progress
from staycourse.adapters.importers.drafts import Drafts, Origin, shown
from staycourse.adapters.importers.rejects import Rejects
from staycourse.events import Course, Event, Learner
from staycourse.kernel import BadInput, worded

HOPELESS = 1_000
"""A file whose first records, so many of them, are all unreadable is of another format: it is refused as a whole."""

MOST_EVENTS = 20_000
"""A chunk of these formats is smaller than it might be: their records are long, and the side file may want them."""

MOST_RECORDS = 200_000
"""A chunk ends after so many records even if few of them became events, so that a broken import loses little."""

Draft = dict[str, Any]
"""The arguments of Drafts.add."""

Record = TypeVar("Record")


@dataclass(slots=True)
class Told:
    """What one record said: drafts of events (or events), learners, courses; kinds not used; faults (field, reason)."""

    drafts: list[Draft] = field(default_factory=list)
    events: Sequence[Event] = ()
    learners: Sequence[Learner] = ()
    courses: Sequence[Course] = ()
    unused: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def unreadable(self) -> bool:
        """Say whether nothing could be made of the record at all."""
        return bool(self.faults) and not (self.size() or self.unused)

    def size(self) -> int:
        """Return how much it adds to a chunk."""
        return len(self.drafts) + len(self.events) + len(self.learners) + len(self.courses)


@dataclass(slots=True)
class _Pending:
    """The chunk that is being filled."""

    drafts: Drafts
    events: list[Event] = field(default_factory=list)
    learners: list[Learner] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)

    def size(self) -> int:
        return len(self.drafts) + len(self.events) + len(self.learners) + len(self.courses)


@dataclass(frozen=True, slots=True)
class Walk:
    """How records become chunks of events: positions count records, resumed ones included.

    `tell` is given every record from the first on, also those before a resumed position, so that what it remembers from
    one to the next (a video that plays) is the same whether or not the import was broken off. `where` is what is read,
    for errors. `may_be_empty` lets there be no record at all.
    """

    options: ImportOptions
    rejects: Rejects
    progress: Progress
    source: str
    most_events: int
    where: str
    may_be_empty: bool = False

    def chunks(
        self, records: Iterable[tuple[Origin, Record]], tell: Callable[[Record], Told], resume_after: int
    ) -> Iterator[Chunk]:
        """Yield the chunks past `resume_after`; BadInput if no record can be read, or the first HOPELESS cannot."""
        pending, most_events = self._fresh(), min(self.most_events, MOST_EVENTS)
        position, begun, readable = 0, resume_after, False
        for origin, record in records:
            told = tell(record)
            readable = readable or not told.unreadable()
            if position >= resume_after:
                full = pending.size() and pending.size() + told.size() > most_events
                if position > begun and (full or position - begun >= MOST_RECORDS):
                    yield self._chunk(position, pending)
                    self.progress(position, None)
                    begun, pending = position, self._fresh()
                self._keep(origin, told, pending)
            position += 1
            if not readable and position >= HOPELESS:
                break
        if not readable and not (self.may_be_empty and not position):
            raise BadInput(
                worded("none of its {count} records can be read as {source}", count=position, source=self.source),
                where=self.where,
                mend="check the format",
            )
        if position > begun:
            yield self._chunk(position, pending)
            self.progress(position, None)

    def _fresh(self) -> _Pending:
        return _Pending(Drafts(self.options.source or self.source))

    def _keep(self, origin: Origin, told: Told, pending: _Pending) -> None:
        for draft in told.drafts:
            pending.drafts.add(origin, **draft)
        pending.events.extend(told.events)
        pending.learners.extend(told.learners)
        pending.courses.extend(told.courses)
        for kind in told.unused:
            self.rejects.leave(kind[:100])
        for name, reason in told.faults:
            self.rejects.add(origin.line, name, reason, shown(origin.row), file=origin.file)

    def _chunk(self, position: int, pending: _Pending) -> Chunk:
        events = pending.drafts.take(self.options.now, self.rejects) + pending.events
        return Chunk(position, events, pending.courses, pending.learners)
