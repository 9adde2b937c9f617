"""Training: it learns, is calibrated, is the same twice, says what it is, and survives being put away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from learning_frames import FIRST, KNOWN_BY, frames, small_policy

from staycourse.kernel import BadInput, NotEnoughData, StorageFault
from staycourse.risk import Frame, LightGBMModel, auc, calibration_error, load_model, train
from staycourse.risk.lessons import FOLDS, gather


@pytest.fixture(scope="module")
def model() -> LightGBMModel:
    return train(frames(), small_policy(), known_by=KNOWN_BY)


def test_it_ranks_and_means_what_it_says_on_lessons_it_never_saw(model: LightGBMModel) -> None:
    later = frames(days=8, seed=77)
    probability = np.concatenate([model.score(frame.signals).probability for frame in later])
    outcome = np.concatenate([frame.outcome for frame in later])
    found, error = auc(outcome, probability), calibration_error(outcome, probability)
    assert found is not None
    assert found > 0.72
    assert error is not None
    assert error < 0.05


def test_contributions_and_base_add_up_to_the_margin(model: LightGBMModel) -> None:
    scores = model.score(frames(days=1)[0].signals)
    np.testing.assert_allclose(scores.base + scores.contributions.sum(axis=1), scores.margin, atol=1e-12)
    np.testing.assert_allclose(scores.probability, 1 / (1 + np.exp(-scores.margin)), atol=1e-12)
    assert scores.contributions.shape == (400, len(scores.signals))
    assert scores.basis == "model"


def test_scores_are_those_of_lightgbm_calibrated(model: LightGBMModel) -> None:
    table = frames(days=1, seed=5)[0].signals
    matrix = np.column_stack([table[name].to_numpy() for name in model.signals])
    card = model.card()
    theirs = card["calibration_slope"] * model.margin_by_lightgbm(matrix) + card["calibration_intercept"]
    np.testing.assert_allclose(model.score(table).margin, theirs, atol=1e-9)


def test_what_raises_the_risk_is_what_makes_people_leave(model: LightGBMModel) -> None:
    scores = model.score(frames(days=1)[0].signals)
    absent = frames(days=1)[0].signals["days_absent"].to_numpy()
    share = scores.contributions[:, scores.signals.index("days_absent")]
    assert share[absent > 25].mean() > 0.3 > share[absent < 3].mean()


def test_signals_that_say_nothing_are_left_out(model: LightGBMModel) -> None:
    assert "days_absent" in model.signals
    assert "other_enrolments" not in model.signals  # the same of everyone
    assert "rating_average" not in model.signals  # known of nobody


def test_the_same_lessons_give_the_same_model(model: LightGBMModel) -> None:
    again = train(iter(frames()), small_policy(), known_by=KNOWN_BY)
    assert again.model_id == model.model_id
    other = train(frames(), small_policy(seed=2), known_by=KNOWN_BY)
    assert other.model_id != model.model_id


def test_the_card_says_what_it_was_learned_from(model: LightGBMModel) -> None:
    card = model.card()
    assert card["known_by"] == KNOWN_BY.isoformat()
    assert card["as_of_days"][0] == FIRST.isoformat()
    assert len(card["as_of_days"]) == 6
    assert card["rows"] == 2_400
    assert 0 < card["positives"] < 2_400
    assert 0.7 < card["auc"] < 1
    assert 0 <= card["ece"] < 0.05
    assert card["folds_by"] == "course"
    assert card["versions"]["lightgbm"]


def test_it_fits_only_the_policy_it_was_learned_for(model: LightGBMModel) -> None:
    assert model.fits(small_policy())
    assert not model.fits(small_policy(depth=2))


def test_saved_and_loaded_it_is_the_same(model: LightGBMModel, tmp_path: Path) -> None:
    folder = tmp_path / "models" / model.model_id
    model.save(folder)
    model.save(folder)  # again, over itself
    again = load_model(folder)
    assert again.card() == model.card()
    assert again.known_by == KNOWN_BY
    table = frames(days=1)[0].signals
    np.testing.assert_array_equal(again.score(table).margin, model.score(table).margin)
    assert [place.name for place in folder.parent.iterdir()] == [model.model_id]


def test_a_damaged_or_missing_model_is_a_storage_fault(model: LightGBMModel, tmp_path: Path) -> None:
    with pytest.raises(StorageFault):
        load_model(tmp_path / "nowhere")
    model.save(tmp_path / "m")
    (tmp_path / "m" / "card.json").write_text("{")
    with pytest.raises(StorageFault):
        load_model(tmp_path / "m")


def test_a_folder_that_cannot_be_written_is_a_storage_fault(model: LightGBMModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFault):
        model.save(tmp_path / "file" / "m")


def test_a_table_without_its_signals_is_refused(model: LightGBMModel) -> None:
    with pytest.raises(BadInput, match="lack"):
        model.score(frames(days=1)[0].signals.drop_columns(["days_absent"]))


def test_no_rows_give_no_scores(model: LightGBMModel) -> None:
    assert model.score(frames(days=1)[0].signals.slice(0, 0)).probability.shape == (0,)


def test_too_little_history_is_said() -> None:
    with pytest.raises(NotEnoughData, match="are needed"):
        train(frames(days=1, learners=30), small_policy(), known_by=KNOWN_BY)
    with pytest.raises(NotEnoughData):
        train([], small_policy(), known_by=KNOWN_BY)


def test_one_learner_who_left_on_many_days_counts_once() -> None:
    one = frames(days=1, learners=50)[0]
    leaving = np.zeros(50, dtype=bool)
    leaving[7] = True
    many = [Frame(date(2024, 1, day), one.signals, leaving) for day in range(1, 29)]
    assert gather(many, ("days_absent",)).left == 1
    with pytest.raises(NotEnoughData):
        train(many, small_policy(minimum_outcomes=10), known_by=KNOWN_BY)


def test_folds_keep_courses_whole_or_learners_where_courses_are_few() -> None:
    names = ("days_absent",)
    many = gather(frames(courses=8), names)
    course = np.tile(np.arange(400) % 8, 6)
    assert many.folds_by == "course"
    assert all(len(set(many.fold[course == number])) == 1 for number in range(8))
    assert set(many.fold) == set(range(FOLDS))
    few = gather(frames(courses=2), names)
    assert few.folds_by == "learner"
    assert all(len(set(few.fold[number::400])) == 1 for number in range(400))


def test_more_lessons_than_fit_are_thinned_by_lot_the_same_each_time() -> None:
    names = ("days_absent", "score_average")
    whole = gather(frames(days=10), names)
    thin = gather(frames(days=10), names, rows_at_most=1_500)
    again = gather(frames(days=10), names, rows_at_most=1_500)
    assert 700 < len(thin.outcome) <= 1_500
    assert thin.left == whole.left
    assert abs(thin.outcome.mean() - whole.outcome.mean()) < 0.05
    np.testing.assert_array_equal(thin.matrix, again.matrix)


def test_a_model_of_one_course_and_empty_frames_beside_it_still_learns() -> None:
    lessons = frames(courses=1)
    empty = Frame(FIRST, lessons[0].signals.slice(0, 0), np.zeros(0, dtype=bool))
    assert train([empty, *lessons], small_policy(), known_by=KNOWN_BY).card()["rows"] == 2_400


def test_integer_columns_and_nulls_are_read() -> None:
    lessons = frames(days=3)
    whole = [
        Frame(frame.as_of, frame.signals.set_column(
            frame.signals.column_names.index("days_absent"), "days_absent",
            pa.array(frame.signals["days_absent"].to_numpy().astype(int))), frame.outcome)
        for frame in lessons
    ]  # fmt: skip
    policy = small_policy()
    assert train(whole, policy, known_by=KNOWN_BY).model_id == train(lessons, policy, known_by=KNOWN_BY).model_id


def test_each_as_of_day_counts_the_same_but_no_row_too_much() -> None:
    whole = frames(days=3)
    half = Frame(whole[1].as_of, whole[1].signals.slice(0, 200), whole[1].outcome[:200])
    few = Frame(whole[2].as_of, whole[2].signals.slice(0, 5), whole[2].outcome[:5])
    weight = gather([whole[0], half, few], ("days_absent",)).weight
    assert weight[400:600].sum() == pytest.approx(weight[:400].sum())
    assert weight[600:].sum() < weight[:400].sum()
    assert weight.mean() == pytest.approx(1.0)
