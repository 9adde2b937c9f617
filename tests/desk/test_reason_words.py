"""Reasons read as a colleague would say them: which days a share is of, and which end of the course a rank is at."""

from dataclasses import replace

import pytest

from staycourse.desk import Reason, course_reasons, own_reasons, reason_text
from staycourse.kernel import words_of
from staycourse.signals import CATALOGUE


def _said(signal: str, value: float, language: str = "en") -> str:
    return reason_text(Reason(signal, "login", 0.5, value), words_of(language))


def test_a_rank_says_at_which_end_of_the_course_the_learner_is() -> None:
    peers = "in the same week of the course"
    assert _said("active_days_30d_rank", 0.16) == f"Days with learning, 30 days: among the lowest 16% {peers}"
    assert _said("days_absent_rank", 0.93) == f"Days without learning: among the highest 7% {peers}"
    assert _said("active_days_30d_rank", 0.16, "zh-CN") == "近30天学习天数：在同周学员中处于最低的 16%"
    assert _said("days_absent_rank", 0.93, "zh-CN") == "未学习天数：在同周学员中处于最高的 7%"


@pytest.mark.parametrize("value", [0.0, 0.001, 0.999, 1.0])
def test_nobody_is_among_none_of_the_learners(value: float) -> None:
    assert "1%" in _said("days_absent_rank", value)


def test_what_is_less_than_the_median_is_told_as_a_part_of_it() -> None:
    assert _said("activity_vs_median_7d", 0.0) == "Learning actions, 7 days: 0% of the median of the course"
    assert _said("activity_vs_median_7d", 2.5) == "Learning actions, 7 days: 2.5 times the median of the course"
    assert _said("activity_vs_median_7d", 0.25, "zh-CN") == "近7天学习行为：为同周中位数的 25%"
    assert _said("activity_vs_median_7d", 2.5, "zh-CN") == "近7天学习行为：为同周中位数的 2.5 倍"


def test_a_share_of_days_says_of_which() -> None:
    assert _said("active_share_56d", 0.09) == "Learned on 9% of the days (8 weeks at most)"
    assert _said("active_share_56d", 0.09, "zh-CN") == "最近至多8周内有学习的天数占 9%"


def test_a_reason_of_the_course_is_told_apart_from_the_learners_own() -> None:
    own, course = Reason("days_absent", "login", 0.2, 4.0), Reason("course_left_28d", "completion", 0.9, 0.05)
    assert own_reasons((course, own)) == (own,)
    assert course_reasons((course, own)) == (course,)
    assert own_reasons((replace(course, signal="no_more_a_signal"),)) == (replace(course, signal="no_more_a_signal"),)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_comparison_with_peers_is_a_whole_sentence(language: str) -> None:
    for signal in (signal for signal in CATALOGUE if signal.unit in {"rank", "times"}):
        for value in (0.0, 0.3, 0.8):
            said = _said(signal.name, value, language)
            assert "{" not in said and "place." not in said and "%" in said, said
