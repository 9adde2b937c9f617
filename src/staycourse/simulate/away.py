"""Winning back, in the pure driver: who is gone for longer than the horizon is drawn once.

Real are the draw (care.draw), the guard at every tick, the judging (review.judge_entries) and the evidence; left out is
what the pure driver leaves out of alerts too.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from staycourse.care import EVERYTHING, Draw, draw, judged_after
from staycourse.review import EntryEnded, EntryFacts, judge_entries
from staycourse.simulate.assumptions import WIN_BACK
from staycourse.simulate.cohort import alone
from staycourse.simulate.habits import Flags

if TYPE_CHECKING:
    from staycourse.simulate.pure_run import PureRun


@dataclass(slots=True)
class Entrant:
    """One learner who was drawn for winning back on `day`; `alone`: whether they would have come back by themselves."""

    row: int
    day: int
    draw: Draw
    alone: bool
    playbook: str = WIN_BACK
    contacted: int | None = None


def drawn_away(run: PureRun, day: int, known: Container[int]) -> list[Entrant]:
    """Return whom the night of `day` finds gone for the first time, with their draw; the globally held-out are not."""
    book, holdout = run.policy.playbooks[WIN_BACK], run.policy.care.holdout
    gone = (day - run.state.last > run.policy.churn.horizon_days) & (run.state.since >= 0)
    fresh = [row for row in map(int, np.flatnonzero(gone)) if row not in known]
    back: Flags = np.asarray(alone(run.who, run.state, judged_after(book, run.policy)).any(axis=1))
    found = []
    for row in fresh:
        learner, tier = run.people[row].learner, run.tier(row)
        whole = draw(learner, EVERYTHING, tier, share=holdout.share, salt=holdout.salt, exempt=False)
        if whole.arm == "treated":
            own = draw(learner, WIN_BACK, tier, share=book.holdout_share, salt=holdout.salt, exempt=False)
            found.append(Entrant(row, day, own, bool(back[row])))
    return found


def entries_ended(
    run: PureRun, entrants: Iterable[Entrant], start: date, by: int
) -> tuple[list[EntryEnded], list[EntryEnded]]:
    """Return the endings known by the end of day `by`, and beside them how it would have ended without a message."""
    found, other = [], []
    for one in entrants:
        as_of = start + timedelta(days=one.day)
        after = np.flatnonzero(run.learned[one.row, one.day + 1 : by + 1])
        came = as_of + timedelta(days=int(after[0]) + 1) if len(after) else None
        book = run.policy.playbooks[WIN_BACK]
        facts = EntryFacts(
            one.draw.learner, WIN_BACK, one.draw.tier, "held_out" if one.draw.arm == "held_out" else "treated", as_of,
            as_of + timedelta(days=judged_after(book, run.policy)), book.judged, returned_on=came,
        )  # fmt: skip
        for ending in judge_entries([facts], label="silence", known_by=start + timedelta(days=by)):
            found.append(ending)
            other.append(EntryEnded(facts, one.alone, "came_back" if one.alone else "silent", ending.judged_on))
    return found, other
