"""The process that computes trials, and what keeps it: begun when something is asked for, begun again when it dies.

A child computes one trial after another and ends when none waits. It holds each by a lease that it renews; who loses it
(the trial was cancelled, or another took it over) ends at once, since it has written nothing. A child outlives a server
that is killed, and ends what it computes; where both are gone, the next server begins it again.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from staycourse.adapters.store import TrialBook, TrialRow
from staycourse.app.homes.home import Home, open_home
from staycourse.app.policies.trials import compute
from staycourse.kernel import Settings, StaycourseError, fresh_id

_LOG = logging.getLogger("staycourse.trials")

LEASE: Final = timedelta(seconds=30)
RENEWED_EVERY: Final = 1.0
LOOK_EVERY: Final = 0.5
"""Seconds between two looks for something to compute."""

LONGEST_REST: Final = 60.0
"""Seconds that a keeper waits at most before it begins a child again that died."""

STOPPING_SECONDS: Final = 5.0
NICE: Final = 10
"""How far a trial stands back behind the pages."""


@dataclass(slots=True)
class _Far:
    """How far a trial is."""

    stage: str = ""
    so_far: int = 0
    of_all: int = 0

    def tell(self, stage: str, so_far: int, of_all: int) -> None:
        """Note it; implements OnPast."""
        self.stage, self.so_far, self.of_all = stage, so_far, of_all


def work_off(settings: Settings, holder: str) -> None:
    """Compute what waits, trial after trial; the whole life of a child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches it too; its server tells it to end
    os.nice(NICE)
    with open_home(settings, writing=False) as home:
        book = TrialBook(home.database)
        while (row := book.claim(home.tenant, holder, settings.clock.now(), LEASE)) is not None:
            _work(home, book, row, holder)


def _work(home: Home, book: TrialBook, row: TrialRow, holder: str) -> None:
    far, report, fault = _Far(), "", ""
    with _held(home, book, row.trial, holder, far):
        try:
            report = compute(home, row, far.tell)
        except StaycourseError as error:
            fault = str(error.line())
        except Exception as error:  # what nobody foresaw ends this trial, not those that wait
            _LOG.exception("trial %s failed", row.trial)
            fault = type(error).__name__
    book.finish(home.tenant, row.trial, holder, home.settings.clock.now(), report=report, fault=fault)


@contextmanager
def _held(home: Home, book: TrialBook, trial: str, holder: str, far: _Far) -> Iterator[None]:
    """Hold a trial and say how far it is while the block runs; who loses it ends at once, with all of the process."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWED_EVERY):
            until = home.settings.clock.now() + LEASE
            try:
                if not book.renew(home.tenant, trial, holder, until, far.stage, far.so_far, far.of_all):
                    os._exit(0)
            except StaycourseError as error:
                _LOG.warning("trial %s: %s", trial, error)

    thread = threading.Thread(target=renew, name=f"trial {trial}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class TrialKeeper:
    """Keeps a child at work while trials of one home wait. Give it `step` again and again; then `stop`."""

    def __init__(self, home: Home) -> None:
        self._settings, self._tenant = home.settings, home.tenant
        self._book = TrialBook(home.database)
        self._spawn = multiprocessing.get_context("spawn")  # a fork would copy the server's threads, halfway
        self._holder = ""
        self._deaths = 0
        self._rests_until = 0.0
        self.child: multiprocessing.process.BaseProcess | None = None

    def step(self) -> None:
        """See what became of the child, and begin one where something waits."""
        if self.child is not None and not self.child.is_alive():
            code, self.child = self.child.exitcode, None
            self._deaths = self._deaths + 1 if code else 0
            if code:
                _LOG.warning("the process that computes trials ended with %s", code)
                self._rests_until = time.monotonic() + min(2.0 ** (self._deaths - 1), LONGEST_REST)
                self._book.let_go(self._tenant, self._holder, counted=True)
        rested = time.monotonic() >= self._rests_until
        if self.child is None and rested and self._book.waits(self._tenant, self._settings.clock.now()):
            self._holder = f"trials:{fresh_id()[:12]}"
            self.child = self._spawn.Process(
                target=work_off, args=(self._settings, self._holder), name="trials", daemon=True
            )
            self.child.start()

    def stop(self) -> None:
        """End the child; what it was computing is begun again by the next."""
        child, self.child = self.child, None
        if child is None:
            return
        child.terminate()
        child.join(STOPPING_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
        self._book.let_go(self._tenant, self._holder, counted=False)


@contextmanager
def trials_at_work(home: Home) -> Iterator[TrialKeeper]:
    """Let trials be computed in a process of their own while the block runs. A fault of the store is logged."""
    keeper, stopped = TrialKeeper(home), threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                keeper.step()
            except (StaycourseError, OSError) as error:
                _LOG.warning("trials: %s", error)
            stopped.wait(LOOK_EVERY)

    thread = threading.Thread(target=work, name="trials", daemon=True)
    thread.start()
    try:
        yield keeper
    finally:
        stopped.set()
        thread.join()
        keeper.stop()
