"""What a policy changes is said by names, in both languages: none of it as a bare path or as JSON."""

from __future__ import annotations

import pytest

from staycourse.kernel import LANGUAGES, words_of
from staycourse.policy import default_policy_text, load_policy, scenes
from staycourse.review import PolicyChange, policy_changes
from staycourse.review.proposals import Declined
from staycourse.review.telling import change_text, declined_text
from staycourse.signals import SIGNALS_BY_NAME

DEFAULT = load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)
TRIED = (
    ("minimum_risk", "Risk that alerts by itself"), ("absent_days.regular", "Days absent that alert, other learners"),
    ("rule.absent.not_regular", "the rule “Absent for days” left out for Regular"),
    ("rule.assignments_missed.assignments_missed_30d", "in the rule"), ("horizon", "Days without learning that count"),
    ("scorecard", "the scorecard's weights"),
)  # fmt: skip
OWN = """
scene = "language"
[care]
currency = "CNY"
[care.consent]
care = "required"
[care.budgets]
coupons_per_month = 10
[care.caps.channels.sms]
per_day = 5
[care.links]
home = "https://school.example"
[triggers.negative_post]
due_hours = 2
[playbooks.tutoring]
priority = 1
enabled = false
leave_on = ["reply", "unsubscribe"]
[playbooks.friendly_question]
enter = { causes = ["too_hard", "alone"] }
[campaigns.spring]
title = { en = "Spring", zh_CN = "春季" }
percent_off = 10
opens = "2026-03-01"
closes = "2026-03-31"
code = "SPRING10"
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", [OWN, *(f'scene = "{scene}"' for scene in scenes())])
def test_every_change_has_a_name(text: str, language: str) -> None:
    words = words_of(language)
    changes = policy_changes(DEFAULT, load_policy(text, signals=SIGNALS_BY_NAME))
    for change in changes:
        said = change_text(change, words)
        assert f"[{change.field}]" in said and not said.startswith(change.field), said
        assert "policy." not in said and '{"' not in said, said


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "playbook “Tutoring and a question session”, priority [playbooks.tutoring.priority]: 60 → 1"),
     ("zh-CN", "方案“辅导与答疑”，优先级 [playbooks.tutoring.priority]：60 → 1")],
)  # fmt: skip
def test_a_playbook_is_called_as_the_operator_calls_it(language: str, said: str) -> None:
    told = {one.field: change_text(one, words_of(language)) for one in policy_changes(
        DEFAULT, load_policy(OWN, signals=SIGNALS_BY_NAME))}  # fmt: skip
    assert told["playbooks.tutoring.priority"] == said


@pytest.mark.parametrize(("name", "english"), TRIED)
def test_what_was_tried_and_is_not_proposed_has_a_name(name: str, english: str) -> None:
    values: dict[str, float | int | str] = {"rule": "absent", "signal": "days_absent"}
    told, chinese = (declined_text(Declined(name, "best", values), words_of(one)) for one in ("en", "zh-CN"))
    assert english in told and f"{name}:" not in told and name not in chinese


def test_a_line_of_the_scorecard_is_called_by_its_signal() -> None:
    change = PolicyChange("scorecard.items.days_absent >= 7.weight", "changed", 0.8, 0.29)
    assert change_text(change, words_of("en")).startswith("scorecard's weight of “")
    assert change_text(change, words_of("zh-CN")).startswith("评分卡中“")
