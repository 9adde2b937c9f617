"""The policy as people look at it and decide on it: what is in force, what was, trials of what might be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from staycourse.policy import Policy
from staycourse.review import BudgetAsked, BudgetFit, PolicyBacktest, PolicyChange, ProposalReport

TrialKind = Literal["backtest", "proposals", "budget"]
TrialState = Literal["asked", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class PolicyVersionLine:
    """One version, what it changed against the one before; `fault` where this release cannot read it any more."""

    version: int
    accepted: datetime
    author: str
    note: str
    in_force: bool
    changes: tuple[PolicyChange, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that is tried on the past and takes a while: asked for, running, done, failed (`fault` says why) or
    cancelled.

    `text` is the policy that is tried (backtest). Of the reports the one of its kind is there once it is done, where
    one trial is asked for. While it runs, `stage` says what is being done (see review.OnPast), for the `so_far`th time
    of `of_all` (0: nobody knows).
    """

    id: str
    kind: TrialKind
    state: TrialState
    asked: datetime
    by: str
    ended: datetime | None = None
    text: str = ""
    backtest: PolicyBacktest | None = None
    proposals: ProposalReport | None = None
    budget: BudgetFit | None = None
    fault: str = ""
    stage: str = ""
    so_far: int = 0
    of_all: int = 0


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """What a text says differently from the policy in force, and what of it cannot be done here yet, a line each."""

    changes: tuple[PolicyChange, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicySheet:
    """The policy in force with its text, every version (newest first), and the latest trials."""

    version: int
    policy: Policy
    text: str
    versions: tuple[PolicyVersionLine, ...]
    trials: tuple[Trial, ...]


class PolicyDesk(Protocol):
    """Answers about the policy, and decides on it; every decision is written into the audit log."""

    def sheet(self, tenant: str) -> PolicySheet:
        """Return the policy in force."""
        ...

    def text(self, tenant: str, version: int) -> str:
        """Return a version's text (0: the default); NotFound if there is none."""
        ...

    def check(self, tenant: str, text: str) -> PolicyReading:
        """Return what `text` says; BadPolicy, with line and field, if it is wrong or names a template there is not."""
        ...

    def accept(self, tenant: str, text: str, note: str, who: str, now: datetime) -> bool:
        """Put `text` in force as a new version; False where it is in force already. HomeInUse while a night runs."""
        ...

    def rollback(self, tenant: str, version: int, note: str, who: str, now: datetime) -> bool:
        """Put `version` in force again, as a new version; as accept."""
        ...

    def begin(self, tenant: str, kind: TrialKind, who: str, now: datetime, *, text: str = "",
              asked: BudgetAsked | None = None) -> str:  # fmt: skip
        """Ask for a trial and return its id; the one of the same question that waits or runs, if any does.

        BadPolicy, with line and field, if `text` is wrong; TooMany where as many wait as may.
        """
        ...

    def trial(self, tenant: str, trial: str) -> Trial:
        """Return a trial; NotFound if there is none of that id (any more)."""
        ...

    def cancel(self, tenant: str, trial: str, now: datetime) -> bool:
        """Cancel a trial; False if it has ended already."""
        ...
