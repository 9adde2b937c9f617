"""Proposals: chosen before, shown after, nothing within noise, and the operator's text kept."""

from __future__ import annotations

import numpy as np
import pytest
from fading_school import COURSES, School, day_of, opened

from staycourse.kernel import BadInput, words_of
from staycourse.policy import load_policy
from staycourse.review import Past, past_of, propose
from staycourse.review.intervals import resampled
from staycourse.review.patches import Edit, edited
from staycourse.review.telling import proposal_text
from staycourse.review.telling.policy_words import declined_text
from staycourse.signals import SIGNALS_BY_NAME

TEXT = "# mine\n[model]\nminimum_outcomes = 10\nrounds = 30\nas_of_every_days = 7\n"
WOLF = TEXT + "[alerts]\nminimum_risk = 0.01\n"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    school: School = opened(tmp_path_factory.mktemp("proposals"))
    return past_of(school.engine(), "t", COURSES, [], first=day_of(48), last=day_of(95), every_days=7, horizon_days=30)


def test_who_cries_wolf_is_told_a_higher_threshold(past: Past) -> None:
    policy = load_policy(WOLF, signals=SIGNALS_BY_NAME)
    report = propose(past, policy, WOLF, first=day_of(48), split=day_of(76))
    assert report.chosen_to < report.shown_from
    names = {proposal.name for proposal in report.proposals} | {declined.name for declined in report.declined}
    assert {"minimum_risk", "horizon", "scorecard"} <= names
    for proposal in report.proposals:
        assert proposal.gain is None or proposal.gain.low > 0
        assert proposal.changes
        assert load_policy(proposal.text, signals=SIGNALS_BY_NAME) != policy
        assert proposal.text.startswith("# mine\n")
        for language in ("en", "zh-CN"):
            assert "{" not in proposal_text(proposal, words_of(language))
    for declined in report.declined:
        for language in ("en", "zh-CN"):
            told = declined_text(declined, words_of(language))
            assert "{" not in told and not told.startswith("policy.")
    assert bool(report.text) == bool(report.combined)


def test_it_needs_days_to_choose_on_and_days_to_show(past: Past) -> None:
    policy = load_policy(TEXT, signals=SIGNALS_BY_NAME)
    with pytest.raises(BadInput, match="too few days"):
        propose(past, policy, TEXT, first=day_of(48), split=day_of(48))


def test_chance_is_not_taken_for_a_difference() -> None:
    """Of two policies that differ by a coin's throw per learner, the interval lies around nothing 19 times of 20."""
    draw = np.random.default_rng(5)
    beyond = 0
    for _ in range(40):
        counts = draw.integers(0, 2, (80, 2)).astype(float)
        found = resampled(counts, lambda sums: sums[..., 0] - sums[..., 1])
        beyond += found is not None and found.beyond_noise
    assert beyond <= 7


def test_an_edit_leaves_the_rest_of_the_text_as_it_stands() -> None:
    text = "# why\n[alerts]  # ours\nminimum_risk = 0.7   # high\n\n[tiers.core]\ndue_hours = 2\n"
    new = edited(text, [Edit(("alerts", "minimum_risk"), 0.5), Edit(("tiers", "core", "absent_days"), 2)])
    assert "# why\n[alerts]  # ours\nminimum_risk = 0.5   # high\n" in new
    policy = load_policy(new, signals=SIGNALS_BY_NAME)
    assert (policy.alerts.minimum_risk, policy.tiers.core.absent_days, policy.tiers.core.due_hours) == (0.5, 2, 2)


def test_a_rule_of_the_default_is_changed_with_all_others_written_out() -> None:
    new = edited("scene = 'k12'\n", [Edit(("rules", "quizzes_failing", "when", 0, "at"), 4)])
    before, after = (load_policy(text, signals=SIGNALS_BY_NAME) for text in ("scene = 'k12'\n", new))
    assert [rule.id for rule in before.rules] == [rule.id for rule in after.rules]
    changed = after.rule("quizzes_failing")
    assert changed is not None and changed.when[0].at == 4
