"""Kept statements written where they are found: their events into the event log, themselves into the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from staycourse.adapters.log import Kept, opened, put_aside
from staycourse.adapters.store.doors import StatementBook
from staycourse.app.homes.home import Home, read_text
from staycourse.app.intake.statements import RowMaker
from staycourse.events.xapi import DEFAULT_VERB_MAP, VerbMap, verb_map
from staycourse.kernel import StorageFault
from staycourse.xapi import Reader

_LOG = logging.getLogger(__name__)
JOURNAL: Final = "statements"
MAPPING: Final = "xapi.toml"
"""The operator's own table of verbs in the home, as for file imports (docs/importing.md); read at the start."""


class Index(Protocol):
    """Writes what the journal keeps where it is found."""

    def write(self, tenant: str, payloads: Sequence[bytes]) -> None:
        """Write what frames of the journal hold; it is there when this returns. Doing so again changes nothing.

        StorageFault where it could not be written and may be later.
        """

    def close(self) -> None:
        """Let everything go."""


class OwnIndex:
    """Writes in this process. `lane` is that of the journal whose statements these are."""

    def __init__(self, home: Home, book: StatementBook, lane: int) -> None:
        self._home = home
        self._book = book
        self._lane = lane
        self._maker = RowMaker(new_readers(), _mapping(home))

    def write(self, tenant: str, payloads: Sequence[bytes]) -> None:
        """Write what frames hold; a statement that cannot be written for a reason of its own is put aside."""
        self._write_all(tenant, [one for payload in payloads for one in opened(payload)])

    def close(self) -> None:
        """Nothing of its own is held open."""

    def _write_all(self, tenant: str, kept: Sequence[Kept]) -> None:
        try:
            self._write(tenant, kept)
        except StorageFault:
            raise
        except Exception:
            if len(kept) > 1:
                for one in kept:
                    self._write_all(tenant, [one])
                return
            aside = put_aside(self._home.path / JOURNAL, self._lane, tenant, kept[0])
            _LOG.exception("the statement %s cannot be written; it is kept as %s", kept[0].statement, aside)

    def _write(self, tenant: str, kept: Sequence[Kept]) -> None:
        """Write statements into the event log and the store; those of erased learners go nowhere."""
        events, batch = self._maker.rows_of(tenant, kept)
        gone = self._home.gate.erased(tenant, lambda: [one.learner for one in batch.statements])
        if gone:
            batch.leave_out(gone)
        if events:
            self._home.log.append(tenant, events)
        self._book.write(tenant, batch, self._home.settings.clock.now())
        self._maker.written(tenant, batch)


def book_of(home: Home, reader: Reader) -> StatementBook:
    """Return the statements of a home; `reader` tells by what those are found that others refer to."""

    def terms(body: str) -> tuple[set[int], str]:
        found = reader.read(body.encode(), most=1)[0][0]
        return found.terms(), found.target

    return StatementBook(home.database, terms)


def new_readers() -> dict[bool, Reader]:
    """Return a reader for each version of xAPI; True is 2.0."""
    return {False: Reader(two=False), True: Reader(two=True)}


def _mapping(home: Home) -> VerbMap:
    """Return the table of verbs that the operator left in the home, the default where there is none."""
    place = home.path / MAPPING
    return verb_map(read_text(place), where=str(place)) if place.is_file() else DEFAULT_VERB_MAP
