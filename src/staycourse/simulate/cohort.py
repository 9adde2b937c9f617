"""The learner model: who learns on which day, by themselves and with help. docs/simulator.md says it in words.

A learner is either at it or drifting. Who is at it learns each day with a chance that depends on the days since they
last did, and begins to drift on a day of learning with the chance `slide`. With the drift comes its quantile q, one
number that holds until it ends: it says whether and when the learner comes back by themselves. Help raises the odds of
coming back within the horizon from p0 to p1; who would have come back anyway (w < p0, w being q among those not back
yet) does as they would have, and only who lies between the two (p0 <= w < p1) comes back because of it.

Every draw of the learner's own is keyed by learner and day, never by what was drawn before, and help draws from another
stream. So the same learner without help is run again exactly, from any day on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from staycourse.simulate.habits import Flags, Habits, Numbers

Days = npt.NDArray[np.int64]

NEVER = 10**6
"""The day of who does not come back."""

OWN, HELPED = 0, 1
"""The two streams of random numbers that each learner has."""

_LEARNS, _SLIDES, _RETURNS, _HOUR = range(4)


def stream(seed: int, learner: int, which: int) -> np.random.Generator:
    """Return one of a learner's two streams."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, which, learner))))


@dataclass(frozen=True, slots=True)
class Nature:
    """What a learner brings along: fixed for the whole run, one row a learner.

    `own` are the own draws [learner, day, 4], `never` the chance of not coming back from a drift by themselves.
    """

    habits: Habits
    offsets: Numbers
    never: Numbers
    own: Numbers

    @property
    def hours(self) -> Numbers:
        """The part of the day (0 to 1) at which each learns, [learner, day]."""
        return self.own[:, :, _HOUR]


@dataclass(frozen=True, slots=True)
class State:
    """Where each learner stands after a day: last day of learning, since when they drift (-1 not), q, day of return."""

    day: int
    last: Days
    since: Days
    quantile: Numbers
    back: Days


def nature(habits: Habits, offsets: Numbers, days: int, seed: int, variety: float) -> Nature:
    """Draw what the learners bring along for `days` days."""
    own = np.empty((len(offsets), days, 4))
    never = np.empty(len(offsets))
    common = np.log(habits.never / (1 - habits.never))
    for row in range(len(offsets)):
        draws = stream(seed, row, OWN)
        never[row] = 1 / (1 + np.exp(-(common + variety * draws.standard_normal())))
        own[row] = draws.random((days, 4))
    return Nature(habits, offsets, never, own)


def begin(who: Nature, absent: Sequence[int] | Days) -> State:
    """Return the state on the day before day 0: nobody drifts yet, each learned last `absent` days before it."""
    count = len(who.offsets)
    nobody = np.full(count, -1, dtype=np.int64)
    last = -1 - np.asarray(absent, dtype=np.int64)
    return State(-1, last, nobody, np.zeros(count), np.full(count, NEVER, dtype=np.int64))


def step(who: Nature, before: State) -> tuple[State, Flags, Flags]:
    """Return the state after the next day, who learned on it, and for whom the drift began on it."""
    day, draws = before.day + 1, who.own[:, before.day + 1]
    drifting = before.since >= 0
    daily = np.array(who.habits.daily)[np.minimum(day - before.last, len(who.habits.daily)) - 1]
    chance = 1 / (1 + np.exp(-(np.log(daily / (1 - daily)) + who.offsets)))
    returned = drifting & (before.back <= day)
    learned = np.where(drifting, returned, draws[:, _LEARNS] < chance)
    slid = learned & ~drifting & (draws[:, _SLIDES] < who.habits.slide)
    quantile = np.where(slid, draws[:, _RETURNS], before.quantile)
    back = np.where(slid, day + _delay(who, quantile), np.where(returned, NEVER, before.back))
    since = np.where(slid, day, np.where(returned, -1, before.since))
    return State(day, np.where(learned, day, before.last), since, quantile, back), learned, slid


def helped(who: Nature, now: State, row: int, effect: float, horizon: int, later: int) -> State:
    """Return the state after one learner took in help of a log-odds `effect` on the day of `now`.

    Who comes back because of it does `later` (1 or more) days after it. An effect below 0 keeps those away for two
    horizons who would have come back within one. Help says nothing to who is not drifting.
    """
    if now.since[row] < 0 or effect == 0:
        return now
    place, natural, treated = odds(who, now, row, effect, horizon)
    back = int(now.back[row])
    if natural <= place < treated:
        back = min(back, now.day + later)
    elif treated <= place < natural:
        back = max(back, now.day + 2 * horizon)
    if back == now.back[row]:
        return now
    fresh = now.back.copy()
    fresh[row] = back
    return replace(now, back=fresh)


def odds(who: Nature, now: State, row: int, effect: float, horizon: int) -> tuple[float, float, float]:
    """Return a drifting learner's w, and the chances of a return within the horizon without (p0) and with help (p1)."""
    away = int(now.day - now.since[row])
    so_far, until = _returned_by(who, row, away), _returned_by(who, row, away + horizon)
    place = (float(now.quantile[row]) - so_far) / (1 - so_far)
    natural = (until - so_far) / (1 - so_far)
    return place, natural, float(1 / (1 + np.exp(-(np.log(natural / (1 - natural)) + effect))))


def alone(who: Nature, start: State, days: int) -> Flags:
    """Run everybody on from `start` for `days` days without any more help; return who learned when [learner, day]."""
    learned = np.zeros((len(who.offsets), days), dtype=np.bool_)
    state = start
    for day in range(min(days, who.own.shape[1] - start.day - 1)):
        state, learned[:, day], _ = step(who, state)
    return learned


def _returned_by(who: Nature, row: int, away: int) -> float:
    """Return the share of drifts that have ended by themselves `away` days after they began."""
    return float((1 - who.never[row]) * (1 - (1 - who.habits.back) ** away))


def _delay(who: Nature, quantile: Numbers) -> Days:
    """Return after how many days (1 or more) a drift of this quantile ends by itself."""
    inside = quantile < 1 - who.never
    part = np.where(inside, quantile / (1 - who.never), 0.0)
    days = np.ceil(np.log1p(-part) / np.log1p(-who.habits.back))
    return np.where(inside, np.maximum(days, 1), NEVER).astype(np.int64)
