"""The policies of one home for the people who decide on them. Nothing changes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from staycourse.adapters.shelf import HomeLock
from staycourse.app.care.care import Care
from staycourse.app.policies.policies import (
    PolicyAccepted,
    accept_policy_text,
    check_policy_text,
    policy_text,
    policy_versions,
    rollback_policy,
)
from staycourse.app.policies.trials import Question, Trials
from staycourse.desk import PolicyReading, PolicySheet, PolicyVersionLine, Trial, TrialKind
from staycourse.kernel import BadInput, worded
from staycourse.review import BudgetAsked

LONGEST_NOTE = 500


class HomePolicies:
    """Implements desk.PolicyDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._home = care.home
        self._trials = Trials(care.home)

    def sheet(self, tenant: str) -> PolicySheet:
        policy = self._home.policy(tenant)
        return PolicySheet(
            policy.version,
            policy,
            policy_text(self._home)[1],
            tuple(
                PolicyVersionLine(one.version, one.accepted, one.author, one.note, one.in_force, one.changes, one.fault)
                for one in policy_versions(self._home)
            ),
            self._trials.latest(tenant),
        )

    def text(self, tenant: str, version: int) -> str:
        return policy_text(self._home, version)[1]

    def check(self, tenant: str, text: str) -> PolicyReading:
        found = check_policy_text(self._home, text, "policy.toml")
        return PolicyReading(found.changes, found.warnings)

    def accept(self, tenant: str, text: str, note: str, who: str, now: datetime) -> bool:
        said = _checked(note)
        with self._alone():
            done = accept_policy_text(self._home, text, note=said, author=who)
        return self._told(tenant, "policy.accept", done, said, who, now)

    def rollback(self, tenant: str, version: int, note: str, who: str, now: datetime) -> bool:
        said = _checked(note)
        with self._alone():
            done = rollback_policy(self._home, version, note=said, author=who)
        return self._told(tenant, "policy.rollback", done, said, who, now)

    def begin(
        self,
        tenant: str,
        kind: TrialKind,
        who: str,
        now: datetime,
        *,
        text: str = "",
        asked: BudgetAsked | None = None,
    ) -> str:
        if kind == "backtest":
            self.check(tenant, text)
        return self._trials.ask(tenant, kind, Question(text, asked), who, now)

    def trial(self, tenant: str, trial: str) -> Trial:
        return self._trials.trial(tenant, trial)

    def cancel(self, tenant: str, trial: str, now: datetime) -> bool:
        return self._trials.cancel(tenant, trial, now)

    def _told(self, tenant: str, action: str, done: PolicyAccepted, note: str, who: str, now: datetime) -> bool:
        if done.fresh:
            self._care.audit.record(
                tenant, who, action, at=now, version=done.version, note=note, set_aside=done.set_aside
            )
        return done.fresh

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the home as whoever writes to it does; HomeInUse while a night or an import runs."""
        if self._home.writing:
            yield
            return
        lock = HomeLock(self._home.path)
        try:
            yield
        finally:
            lock.release()


def _checked(note: str) -> str:
    said = " ".join(note.split())
    if not said or len(said) > LONGEST_NOTE or not said.isprintable():
        raise BadInput(
            worded("a note is one line of 1 to {most} characters", most=LONGEST_NOTE),
            where="note",
            mend="say why in a few words",
        )
    return said
