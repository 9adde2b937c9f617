"""A new playbook is told by its title, who enters and its steps, not as it is kept."""

from __future__ import annotations

import pytest

from staycourse.kernel import words_of
from staycourse.policy import load_policy
from staycourse.review import policy_changes
from staycourse.review.telling import change_text
from staycourse.signals import SIGNALS_BY_NAME

STEPS = '[{ id = "hello", do = "send", template = "welcome" }, { id = "rest", do = "wait", days = 2 }]'


def told(enter: str, language: str, more: str = "") -> str:
    book = f'[playbooks.mine]\ntitle = {{ en = "Mine", zh_CN = "我的" }}\nenter = {enter}\nsteps = {STEPS}\n{more}'
    old, new = (load_policy(text, signals=SIGNALS_BY_NAME) for text in ("", book))
    (change,) = policy_changes(old, new)
    return change_text(change, words_of(language))


@pytest.mark.parametrize(
    ("enter", "words"),
    [
        ('{ causes = ["too_hard"], tiers = ["core"] }', "Answers: Too hard (only Core)"),
        ('{ stage = "dormant" }', "Begins on reaching the stage: Dormant"),
        ("{ birthday = true }", "Begins on the learner's birthday"),
        ('{ when = [{ signal = "days_absent", op = ">=", at = 5 }] }', ">= 5"),
    ],
)
def test_title_who_enters_and_how_many_steps(enter: str, words: str) -> None:
    said = told(enter, "en")
    assert "“Mine”" in said and words in said and "2 steps" in said and "{" not in said
    assert "“我的”" in told(enter, "zh-CN") and "2 个步骤" in told(enter, "zh-CN")


def test_one_that_is_off_says_so() -> None:
    assert "“Mine” (off)" in told("{ birthday = true }", "en", "enabled = false\n")
