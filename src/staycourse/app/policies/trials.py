"""Trials of policies on the past, one at a time, in a thread beside the console. They only read the home."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from staycourse.desk import Trial, TrialKind
from staycourse.kernel import Clock, NotFound, StaycourseError, fresh_id, worded

KEPT = 8
"""How many trials are remembered; a restart forgets all."""

_LOG = logging.getLogger(__name__)


class Trials:
    """The trials of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._trials: dict[str, Trial] = {}

    def begin(self, kind: TrialKind, who: str, now: datetime, work: Callable[[], Any], text: str = "") -> str:
        """Begin `work` and return the trial's id; if one is running, that one's."""
        with self._lock:
            running = next((one for one in self._trials.values() if one.state == "running"), None)
            if running is not None:
                return running.id
            trial = Trial(fresh_id(), kind, "running", now, who, text=text)
            self._trials[trial.id] = trial
            for old in list(self._trials)[:-KEPT]:
                del self._trials[old]
        threading.Thread(target=self._run, args=(trial, work), name=f"trial {trial.id}", daemon=True).start()
        return trial.id

    def trial(self, trial: str) -> Trial:
        """Return a trial; NotFound if there is none of that id."""
        with self._lock:
            found = self._trials.get(trial)
        if found is None:
            raise NotFound(
                "there is no such trial (any more)",
                where=worded("trial {trial}", trial=trial[:40]),
                mend="begin it again",
            )
        return found

    def latest(self) -> tuple[Trial, ...]:
        """Return the trials, newest first."""
        with self._lock:
            return tuple(reversed(self._trials.values()))

    def _run(self, trial: Trial, work: Callable[[], Any]) -> None:
        try:
            found = work()
            done = replace(trial, state="done", ended=self._clock.now(), **{trial.kind: found})
        except StaycourseError as error:
            done = replace(trial, state="failed", ended=self._clock.now(), fault=error.line())
        except Exception as error:  # a thread has nobody above it to tell
            _LOG.exception("trial %s failed", trial.id)
            done = replace(trial, state="failed", ended=self._clock.now(), fault=f"{type(error).__name__}")
        with self._lock:
            if trial.id in self._trials:
                self._trials[trial.id] = done
