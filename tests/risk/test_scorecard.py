"""The scorecard: points that add up, and weights that are learned where there is something to learn from."""

from __future__ import annotations

import numpy as np
import pytest
from learning_frames import frames, small_policy
from risk_tables import signals_table

from staycourse.kernel import NotEnoughData
from staycourse.risk import Frame, Scorecard, auc


def test_points_add_up_by_signal() -> None:
    card = Scorecard.from_policy(small_policy())
    scores = card.score(signals_table([{"days_absent": 8}, {"days_absent": 0}, {"active_days_30d": 16}]))
    weights = [weight for item, weight in zip(card.items, card.weights, strict=True)
               if item.signal == "days_absent" and item.at <= 8]  # fmt: skip
    assert len(weights) == 5
    assert scores.margin[0] == pytest.approx(card.intercept + sum(weights))
    assert scores.contributions[0, scores.signals.index("days_absent")] == pytest.approx(sum(weights))
    assert scores.margin[1] == scores.margin[2] == pytest.approx(card.intercept)
    assert scores.basis == "scorecard"
    assert len(set(scores.signals)) == len(scores.signals)


def test_the_fewer_days_of_learning_the_higher_the_risk_at_any_absence() -> None:
    card = Scorecard.from_policy(small_policy())
    days = (0, 1, 2, 3, 5, 9, 16, 30)
    for absent in (0, 6, 13):
        rows = [{"days_absent": absent, "active_days_30d": count} for count in days]
        said = card.score(signals_table(rows)).probability
        assert (np.diff(said) <= 0).all() and said[0] > said[-1]


def test_learned_weights_find_the_truth_and_keep_the_default_where_nothing_was_seen() -> None:
    policy = small_policy()
    lessons = frames(days=20, learners=1_500)
    learned, default = Scorecard.learn(iter(lessons), policy), Scorecard.from_policy(policy)
    assert learned.basis == "scorecard_learned"
    assert sum(learned.by_item()[f"days_absent >= {day}"] for day in (10, 14)) > 0.5
    unseen = "complaints_30d >= 1"
    assert learned.by_item()[unseen] == pytest.approx(default.by_item()[unseen], abs=1e-6)
    outcome = np.concatenate([lesson.outcome for lesson in lessons])
    said = np.concatenate([learned.score(lesson.signals).probability for lesson in lessons])
    assert said.mean() == pytest.approx(outcome.mean(), abs=0.005)
    before = np.concatenate([default.score(lesson.signals).probability for lesson in lessons])
    now, then = auc(outcome, said), auc(outcome, before)
    assert now is not None
    assert then is not None
    assert now >= then - 0.005


def test_grouping_the_lessons_changes_nothing() -> None:
    lessons = frames(days=4)
    one = Scorecard.learn(lessons, small_policy())
    apart = Scorecard.learn(
        [Frame(lesson.as_of, lesson.signals.slice(at, 50), lesson.outcome[at : at + 50])
         for lesson in lessons for at in range(0, 400, 50)], small_policy()
    )  # fmt: skip
    np.testing.assert_allclose(one.weights, apart.weights, atol=1e-7)


def test_nothing_to_tell_apart_is_said() -> None:
    with pytest.raises(NotEnoughData):
        Scorecard.learn([], small_policy())
    lesson = frames(days=1)[0]
    with pytest.raises(NotEnoughData):
        Scorecard.learn([Frame(lesson.as_of, lesson.signals, np.zeros(400, dtype=bool))], small_policy())
