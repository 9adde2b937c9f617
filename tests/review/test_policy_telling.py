"""What a policy changes is said by names, in both languages: none of it as a bare path or as JSON."""

from __future__ import annotations

import pytest

from staycourse.kernel import LANGUAGES, words_of
from staycourse.policy import default_policy_text, load_policy, scenes
from staycourse.review import policy_changes
from staycourse.review.telling import change_text
from staycourse.signals import SIGNALS_BY_NAME

DEFAULT = load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)
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
