"""How many left the course of late, in a trained model: a contribution of its own, exact, and put away with it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from learning_frames import FIRST, KNOWN_BY, frames, small_policy

from staycourse.policy import Policy
from staycourse.risk import Frame, LightGBMModel, assess, cause_of_signal, load_model, train
from staycourse.risk.assess import top_reasons
from staycourse.risk.calibration import LEFT_LATELY

SHARES = np.linspace(0.0, 0.3, 8)


def _policy(label: str = "withdrawal") -> Policy:
    policy = small_policy()
    return msgspec.structs.replace(policy, churn=msgspec.structs.replace(policy.churn, label=label))


def _lessons(days: int = 12, seed: int = 3) -> list[Frame]:
    """Return lessons of eight courses, whose learners leave the more the more had left of late."""
    draw = np.random.default_rng(seed)
    found = []
    for frame in frames(days=days, seed=seed):
        share = draw.permutation(SHARES)[np.arange(400) % 8]
        signals = frame.signals.set_column(frame.signals.column_names.index(LEFT_LATELY), LEFT_LATELY, pa.array(share))
        found.append(Frame(frame.as_of, signals, frame.outcome & (draw.random(400) < 0.1 + 3 * share)))
    return found


@pytest.fixture(scope="module")
def model() -> LightGBMModel:
    return train(_lessons(), _policy(), known_by=KNOWN_BY)


def test_who_is_in_a_course_that_many_left_is_told_a_higher_risk(model: LightGBMModel) -> None:
    assert model.card()["calibration_left"] > 0.3
    assert LEFT_LATELY not in model.card()["signals"]
    lesson = _lessons(days=1, seed=8)[0].signals
    place = lesson.column_names.index(LEFT_LATELY)
    told = [
        model.score(lesson.set_column(place, LEFT_LATELY, pa.array(np.full(400, share)))).probability
        for share in (0.0, 0.3)
    ]
    assert (told[1] > told[0]).all()


def test_contributions_and_base_still_add_up_and_the_rest_is_lightgbms(model: LightGBMModel) -> None:
    table = _lessons(days=1, seed=9)[0].signals
    scores, card = model.score(table), model.card()
    np.testing.assert_allclose(scores.base + scores.contributions.sum(axis=1), scores.margin, atol=1e-12)
    assert scores.signals == (*card["signals"], LEFT_LATELY)
    matrix = np.column_stack([table[name].to_numpy() for name in model.signals])
    theirs = card["calibration_slope"] * model.margin_by_lightgbm(matrix) + card["calibration_intercept"]
    np.testing.assert_allclose(scores.margin, theirs + scores.contributions[:, -1], atol=1e-9)
    alone = pa.concat_tables([model_table.slice(row, 1) for row, model_table in enumerate([table] * 3)])
    np.testing.assert_array_equal(model.score(alone).margin, scores.margin[:3])


def test_where_it_is_not_known_it_says_nothing(model: LightGBMModel) -> None:
    table = _lessons(days=1)[0].signals
    blind = table.set_column(table.column_names.index(LEFT_LATELY), LEFT_LATELY, pa.nulls(table.num_rows, pa.float64()))
    scores = model.score(blind)
    assert not scores.contributions[:, -1].any()
    np.testing.assert_allclose(scores.base + scores.contributions.sum(axis=1), scores.margin, atol=1e-12)


def test_it_is_a_reason_with_its_value_and_speaks_for_no_cause(model: LightGBMModel) -> None:
    table = _lessons(days=1, seed=8)[0].signals
    risks = assess(table, model.score(table), _policy(), [], FIRST)
    told = [reason for row in risks["reasons"].to_pylist() for reason in row if reason["signal"] == LEFT_LATELY]
    assert told
    assert {reason["value"] for reason in told} <= set(SHARES.tolist())
    assert all(reason["category"] == "completion" for reason in told)
    assert cause_of_signal(LEFT_LATELY, _policy().causes) == ""


def test_what_is_said_of_everybody_in_a_course_takes_no_reason_of_the_learners_own(model: LightGBMModel) -> None:
    table = _lessons(days=1, seed=8)[0].signals
    scores = model.score(table)
    many = scores.contributions.copy()
    many[:, :-1], many[:, -1] = np.abs(many[:, :-1]) + 0.01, 9.0
    told = top_reasons(table, many, scores.signals).to_pylist()
    own = top_reasons(table.drop_columns([LEFT_LATELY]), many[:, :-1], scores.signals[:-1]).to_pylist()
    assert len(own[0]) == 5
    assert [row[:-1] for row in told] == own
    assert {row[-1]["signal"] for row in told} == {LEFT_LATELY}
    many[:, -1] = -0.5
    assert top_reasons(table, many, scores.signals).to_pylist() == own


def test_silence_is_calibrated_without_it() -> None:
    silent = train(_lessons(), _policy("silence"), known_by=KNOWN_BY)
    assert silent.card()["calibration_left"] == 0.0
    assert silent.signals == tuple(silent.card()["signals"])


def test_it_is_put_away_with_the_model_and_a_model_of_before_is_read_as_it_was(
    model: LightGBMModel, tmp_path: Path
) -> None:
    table = _lessons(days=1)[0].signals
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(load_model(tmp_path / "m").score(table).margin, model.score(table).margin)
    file = tmp_path / "m" / "card.json"
    card = json.loads(file.read_text())
    weight = card.pop("calibration_left"), card.pop("calibration_usual")
    file.write_text(json.dumps(card | {"format": 1}))
    before = load_model(tmp_path / "m")
    assert weight[0] > 0
    assert before.signals == tuple(card["signals"])
    np.testing.assert_allclose(
        before.score(table).margin, model.score(table).margin - model.score(table).contributions[:, -1], atol=1e-12
    )
