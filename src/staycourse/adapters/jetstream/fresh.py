"""The stream as it grows, for one reader who must miss nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from staycourse.adapters.jetstream.link import Link
from staycourse.adapters.jetstream.messages import TAIL_BYTES, UNREAD, frames_of, some_of, span_of, state_of
from staycourse.adapters.segments import Fresh


@dataclass(slots=True)
class FreshStream:
    """Implements FreshReader: one tenant's messages, from after those of the parts `applied` on.

    Parts are taken over in their order, so that whatever is older than the newest of `applied` is in the lake too.
    """

    link: Link
    tenant: str
    applied: Collection[str] = ()
    pause: float = field(default=0.05, init=False)
    _life: str = field(default="", init=False)
    _read: int = field(default=0, init=False)

    def read(self) -> Fresh:
        """See FreshReader. What was purged, or a stream that was made anew, before all was read is missed."""
        stream = self.link.address.stream

        async def some(context: Any) -> tuple[str, int, list[bytes], bool, bool]:
            life, first, last = await state_of(context, stream)
            read = self._read if self._life else self._begin(life, first)
            if life != (self._life or life) or first > read + 1:
                return life, read, [], True, False
            if read >= last:
                return life, read, [], False, False
            bodies, newest = await some_of(context, stream, f"{stream}.{self.tenant}", read + 1, last, TAIL_BYTES)
            _, first, _ = await state_of(context, stream)  # a compaction may have taken some out meanwhile
            return life, newest, bodies, first > read + 1, newest < last

        life, newest, bodies, missed, more = self.link.ask(some, UNREAD)
        if not missed:
            self._life, self._read = life, newest
        return Fresh(() if missed else tuple(frames_of(bodies)), missed, more)

    def unheard(self, applied: Collection[str]) -> bool:
        """See FreshReader."""
        new = [span_of(identity) for identity in set(applied) - set(self.applied)]
        return any(span.life != self._life or span.last > self._read for span in new)

    def _begin(self, life: str, first: int) -> int:
        """Return the number of the newest message that the lake holds."""
        spans = (span_of(identity) for identity in self.applied)
        return max((span.last for span in spans if span.life == life), default=first - 1)
