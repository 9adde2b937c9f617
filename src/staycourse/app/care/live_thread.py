"""The thread of a process that scores between the nights."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from staycourse.app.care.live import LiveWorker
from staycourse.app.homes.home import Home
from staycourse.kernel import StaycourseError

AFTER_A_FAULT = 1.0
"""Seconds until the next round when one failed: a store that is away for an hour must not fill the log."""

_LOG = logging.getLogger(__name__)


@contextmanager
def live_at_work(home: Home) -> Iterator[LiveWorker]:
    """Let a thread hear and score while the block runs. A fault is logged, and it goes on with the next round."""
    worker, stopped = LiveWorker(home), threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                busy = worker.step().learners > 0
            except StaycourseError as error:
                _LOG.warning("a round of live scoring did not end: %s", error.line())
                worker.forget()
                stopped.wait(AFTER_A_FAULT)
                continue
            if not busy:
                stopped.wait(worker.pause)

    thread = threading.Thread(target=work, name="live", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stopped.set()
        thread.join()
        worker.stop()
