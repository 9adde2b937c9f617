"""The policy as people look at it and decide on it: what is in force, what was, trials of what might be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from staycourse.policy import Policy
from staycourse.review import BudgetAsked, BudgetFit, PolicyBacktest, PolicyChange, ProposalReport

TrialKind = Literal["backtest", "proposals", "budget"]


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
    """Something that was tried on the past and takes a while: running, done or failed (`fault` says why).

    `text` is the policy that was tried (backtest). Of the reports the one of its kind is there once it is done.
    """

    id: str
    kind: TrialKind
    state: Literal["running", "done", "failed"]
    began: datetime
    by: str
    ended: datetime | None = None
    text: str = ""
    backtest: PolicyBacktest | None = None
    proposals: ProposalReport | None = None
    budget: BudgetFit | None = None
    fault: str = ""


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

    def check(self, tenant: str, text: str) -> tuple[PolicyChange, ...]:
        """Return what `text` says differently from the policy in force; BadPolicy, with line and field, if wrong."""
        ...

    def accept(self, tenant: str, text: str, note: str, who: str, now: datetime) -> bool:
        """Put `text` in force as a new version; False where it is in force already. HomeInUse while a night runs."""
        ...

    def rollback(self, tenant: str, version: int, note: str, who: str, now: datetime) -> bool:
        """Put `version` in force again, as a new version; as accept."""
        ...

    def begin(self, tenant: str, kind: TrialKind, who: str, now: datetime, *, text: str = "",
              asked: BudgetAsked | None = None) -> str:  # fmt: skip
        """Begin a trial in the background and return its id; the one that runs already, if any does."""
        ...

    def trial(self, tenant: str, trial: str) -> Trial:
        """Return a trial; NotFound if this process has none of that id."""
        ...
