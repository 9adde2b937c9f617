"""The level of a course as of a day: what it is, that the trees do not learn it from what the course's learners have in
common, and that of silence they do learn what a day tells.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from learning_frames import FIRST, KNOWN_BY, frames, small_policy

from staycourse.risk import Frame, train
from staycourse.risk.lessons import gather
from staycourse.risk.levels import USUAL_ROWS, levels


def test_a_level_is_the_groups_own_drawn_towards_the_usual() -> None:
    outcome = np.repeat([True, False, True, False], [30, 70, 10, 90])
    group = np.repeat([3, 1], 100)
    share = 1 / (1 + np.exp(-levels(outcome, group)))
    assert share[:100] == pytest.approx(np.full(100, (30 + 0.2 * USUAL_ROWS) / (100 + USUAL_ROWS)))
    assert share[100:] == pytest.approx(np.full(100, (10 + 0.2 * USUAL_ROWS) / (100 + USUAL_ROWS)))


def test_where_nobody_or_everybody_left_there_is_a_level() -> None:
    for left in (True, False):
        assert np.isfinite(levels(np.full(5, left), np.zeros(5, dtype=np.int64))).all()


def test_rows_of_one_course_and_day_are_one_group() -> None:
    lessons = gather(frames(days=2, learners=80, courses=8), ("days_absent",))
    course, day = np.tile(np.arange(80) % 8, 2), np.repeat([0, 1], 80)
    assert len(set(lessons.group)) == 16
    assert len(set(zip(lessons.group, course, day, strict=True))) == 16


def _one_course_leaves_more(as_of: date, seed: int) -> Frame:
    """A course of eight loses thrice as many, and has a payment that no other has; absence counts the same in all."""
    draw = np.random.default_rng(seed)
    frame = frames(days=1, learners=8_000, seed=seed)[0]
    hit = np.arange(8_000) % 8 == 0
    absent = frame.signals["days_absent"].to_numpy()
    outcome = draw.random(8_000) < np.where(hit, 0.3, 0.1) * np.where(absent > 15, 1.5, 0.5)
    at = frame.signals.column_names.index("paid_total")
    return Frame(as_of, frame.signals.set_column(at, "paid_total", pa.array(np.where(hit, 5.0, 0.0))), outcome)


def test_what_a_courses_learners_have_in_common_is_not_blamed_for_its_level() -> None:
    told = [_one_course_leaves_more(FIRST + timedelta(days=7 * week), week) for week in range(3)]
    policy = small_policy()
    withdrawal = msgspec.structs.replace(policy, churn=msgspec.structs.replace(policy.churn, label="withdrawal"))
    model = train(told, withdrawal, known_by=KNOWN_BY)
    scores = model.score(told[0].signals)
    paid, absent = (np.ptp(scores.contributions[:, scores.signals.index(n)]) for n in ("paid_total", "days_absent"))
    assert paid < 0.5 * absent


def _a_day(as_of: date, enrolled_days: float, share: float) -> Frame:
    frame = frames(days=1, learners=2_000, seed=int(enrolled_days))[0]
    at = frame.signals.column_names.index("days_enrolled")
    since = pa.array(np.full(2_000, enrolled_days))
    outcome = np.random.default_rng(int(enrolled_days)).random(2_000) < share
    return Frame(as_of, frame.signals.set_column(at, "days_enrolled", since), outcome)


def test_of_silence_the_first_weeks_are_told_as_little_as_there_is_and_the_last_as_much() -> None:
    told = [_a_day(FIRST, 7.0, 0.1), _a_day(FIRST + timedelta(days=77), 84.0, 0.3)]
    model = train(told, small_policy(), known_by=KNOWN_BY)
    early, late = (float(model.score(frame.signals).probability.mean()) for frame in told)
    assert early == pytest.approx(0.1, abs=0.03)
    assert late == pytest.approx(0.3, abs=0.03)
