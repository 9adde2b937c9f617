"""The learner model: the same learner without help is the same, and help brings back whom it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.simulate.cohort import NEVER, Nature, State, alone, begin, helped, nature, odds, step
from staycourse.simulate.habits import STEPS, Fitted, Habits, fit

HORIZON = 14


def common(slide: float = 0.1) -> Habits:
    return Habits(daily=(0.5,) * STEPS, slide=slide, back=0.1, never=0.4)


def people(count: int = 200, days: int = 90, seed: int = 5, slide: float = 0.1) -> tuple[Nature, State]:
    who = nature(common(slide), np.zeros(count), days, seed, variety=0.6)
    return who, begin(who, np.zeros(count, dtype=np.int64))


def after(who: Nature, state: State, days: int) -> State:
    for _ in range(days):
        state, _, _ = step(who, state)
    return state


def test_a_seed_is_the_same_learners_and_another_is_not() -> None:
    runs = [alone(*people(seed=seed), 60) for seed in (5, 5, 6)]
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).any()


def test_a_learner_is_the_same_whoever_else_is_there() -> None:
    few, many = alone(*people(count=10), 60), alone(*people(count=50), 60)
    assert (few == many[:10]).all()


def test_help_to_one_learner_changes_no_other_and_no_own_draw() -> None:
    who, state = people()
    state = after(who, state, 30)
    row = int(np.flatnonzero((state.since >= 0) & (state.back == NEVER))[0])
    treated = alone(who, helped(who, state, row, 50.0, HORIZON, later=2), 40)
    untreated = alone(who, state, 40)
    others = np.arange(len(treated)) != row
    assert (treated[others] == untreated[others]).all()
    assert treated[row, :2].tolist() == [False, True]
    assert not untreated[row].any()


def test_help_says_nothing_to_who_is_at_it() -> None:
    who, state = people()
    state = after(who, state, 30)
    row = int(np.flatnonzero(state.since < 0)[0])
    assert helped(who, state, row, 50.0, HORIZON, later=1) is state


@given(effect=st.floats(0.1, 4), later=st.integers(1, 3))
def test_help_never_keeps_anybody_away_who_would_have_come_back(effect: float, later: int) -> None:
    who, state = WHO, DRIFTED
    for row in np.flatnonzero(state.since >= 0)[:40]:
        assert helped(who, state, int(row), effect, HORIZON, later).back[row] <= state.back[row]


def test_the_chance_of_a_return_is_raised_by_the_stated_odds() -> None:
    """Over many learners the share that comes back within the horizon is what p0 and p1 say, with help and without."""
    who, state = people(count=6000, days=60, slide=0.2)
    state = after(who, state, 30)
    drifting = np.flatnonzero(state.since >= 0)
    told = np.array([odds(who, state, int(row), 1.5, HORIZON)[1:] for row in drifting])
    treated = state
    for row in drifting:
        treated = helped(who, treated, int(row), 1.5, HORIZON, later=1)
    shares = [float((one.back[drifting] <= state.day + HORIZON).mean()) for one in (state, treated)]
    assert shares == pytest.approx(told.mean(axis=0).tolist(), abs=0.03)
    assert np.log(told[:, 1] / (1 - told[:, 1])) - np.log(told[:, 0] / (1 - told[:, 0])) == pytest.approx(1.5)


def test_harm_keeps_away_some_who_would_have_come_back() -> None:
    who, state = WHO, DRIFTED
    drifting = np.flatnonzero(state.since >= 0)
    harmed = state
    for row in drifting:
        harmed = helped(who, harmed, int(row), -2.0, HORIZON, later=1)
    assert (harmed.back[drifting] >= state.back[drifting]).all()
    assert (harmed.back[drifting] > state.back[drifting]).any()


def test_habits_of_known_learners_are_found_again() -> None:
    """Learners made by known habits, looked at for as long as the replay is, give about these habits."""
    learned = alone(*people(count=1500, days=120, slide=0.03), 120)
    found = fit(learned, never=0.4).habits
    assert found.daily[0] == pytest.approx(0.5, abs=0.04)
    assert found.daily[2] == pytest.approx(0.5, abs=0.06)
    assert found.slide == pytest.approx(0.03, abs=0.012)


def test_the_sample_gives_habits_that_are_none_of_the_bounds(habits: Fitted) -> None:
    assert 0.3 < habits.habits.daily[0] < 0.9
    assert 0.006 < habits.habits.slide < 0.1
    assert habits.offsets.std() > 0.1


WHO, _BEGUN = people()
DRIFTED = after(WHO, _BEGUN, 30)
