"""What light commits leave in SQLite's log is brought into its file by a thread of its own.

The commit that makes the log long does so else, and waits for the disk twice: live scoring writes so much that one of
its rounds in four would.
"""

from __future__ import annotations

import logging
from threading import Event, Thread

from staycourse.adapters.store.database import Database
from staycourse.kernel import StorageFault

REST_SECONDS = 0.5
"""A page that is written again and again is brought over so often at the most."""

_LOG = logging.getLogger(__name__)


class Checkpoints:
    """The thread of one store. Say `come` after a light commit, and `stop` at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due, self._stopped = Event(), Event()
        self._thread: Thread | None = None

    def come(self) -> None:
        """Let what is in the log be brought over, now that nobody writes; PostgreSQL does so by itself."""
        if self._database.dialect == "sqlite" and self._thread is None:
            self._thread = Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()
        self._due.set()

    def stop(self) -> None:
        """Let the thread end."""
        self._stopped.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._due.wait()
            self._due.clear()
            try:
                whole = self._database.checkpoint()
            except StorageFault as error:
                _LOG.warning("the store's log was not brought into its file: %s", error.line())
                whole = True
            if whole:  # else a commit came between, and the little that is left fits before the next
                self._stopped.wait(REST_SECONDS)
