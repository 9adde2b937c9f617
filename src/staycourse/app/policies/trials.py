"""Trials of policies on the past: asked for by people, kept as rows, computed by a process of their own.

Whoever serves the console keeps that process (see trial_work). It only reads the home; what it finds it writes into the
trial's row, so that neither its end nor the console's takes a trial along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from staycourse.adapters.store import TrialBook, TrialRow
from staycourse.app.homes.home import Home
from staycourse.app.policies.policies import backtest_policy_text, fit_policy_budget, propose_policy
from staycourse.desk import Trial, TrialKind
from staycourse.kernel import NotFound, worded
from staycourse.review import BudgetAsked, BudgetFit, OnPast, PolicyBacktest, ProposalReport

WEEKS: Final = 8
EVERY: Final = 7

REPORTS: Final[dict[str, type]] = {"backtest": PolicyBacktest, "proposals": ProposalReport, "budget": BudgetFit}

OTHER_RELEASE: Final = "another release of staycourse computed it, which this one cannot read; begin it again"


@dataclass(frozen=True, slots=True)
class Question:
    """What a trial is about: the policy's text (backtest), or the budget asked for."""

    text: str = ""
    asked: BudgetAsked | None = None


class Trials:
    """The trials of one home, for people who ask for them."""

    def __init__(self, home: Home) -> None:
        self._book = TrialBook(home.database)

    def ask(self, tenant: str, kind: TrialKind, question: Question, who: str, now: datetime) -> str:
        """Ask for a trial and return its id; TooMany where as many wait as may."""
        return self._book.ask(tenant, kind, msgspec.json.encode(question).decode(), who, now)

    def trial(self, tenant: str, trial: str) -> Trial:
        """Return a trial; NotFound if there is none of that id."""
        found = self._book.trial(tenant, trial)
        if found is None:
            raise NotFound(
                "there is no such trial (any more)",
                where=worded("trial {trial}", trial=trial[:40]),
                mend="begin it again",
            )
        return _trial(found)

    def latest(self, tenant: str) -> tuple[Trial, ...]:
        """Return the trials, newest first, without what they came to."""
        return tuple(_trial(row) for row in self._book.latest(tenant))

    def cancel(self, tenant: str, trial: str, now: datetime) -> bool:
        """Cancel a trial; False if it has ended already."""
        return self._book.cancel(tenant, trial, now)


def compute(home: Home, row: TrialRow, tell: OnPast) -> str:
    """Compute a trial and return its report as JSON; the home is only read."""
    question = msgspec.json.decode(row.question, type=Question)
    if row.kind == "backtest":
        found: Any = backtest_policy_text(home, question.text, weeks=WEEKS, every=EVERY, tell=tell)
    elif row.kind == "budget":
        found = fit_policy_budget(home, question.asked, first=None, last=None, every=EVERY, tell=tell)
    else:
        found = propose_policy(home, first=None, last=None, every=EVERY, tell=tell)
    return msgspec.json.encode(found).decode()


def _trial(row: TrialRow) -> Trial:
    state, fault = row.state, row.fault
    found: dict[str, Any] = {}
    try:
        text = msgspec.json.decode(row.question, type=Question).text
        if row.report:
            found = {row.kind: msgspec.json.decode(row.report, type=REPORTS[row.kind])}
    except (msgspec.MsgspecError, KeyError):
        state, fault, text = "failed", OTHER_RELEASE, ""
    return Trial(
        row.trial, row.kind, state, row.asked, row.actor, ended=row.ended, text=text, fault=fault,  # type: ignore[arg-type]
        stage=row.stage, so_far=row.so_far, of_all=row.of_all, **found,
    )  # fmt: skip
