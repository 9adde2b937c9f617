"""How one of several playbooks of a cause is chosen is told by what has been judged."""

from __future__ import annotations

import pytest

from staycourse.app.desks.playbook_desk import _choices
from staycourse.care import PlaybookRecord
from staycourse.desk.playbooks import ChoiceLine, ChoiceSheet
from staycourse.kernel import words_of
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.web.console.choices import choices_view

BOOK = """
[playbooks.{name}]
title = {{ en = "{name}", zh_CN = "{name}" }}
enter = {{ causes = ["too_hard"], tiers = ["core"] }}
priority = {priority}
steps = [{{ id = "hello", do = "send", template = "welcome" }}]
"""
RECORDS = [PlaybookRecord("one", "too_hard", "core", 10, 40), PlaybookRecord("two", "too_hard", "core", 36, 40)]


def sheet(enabled: bool, minimum: int = 50) -> ChoiceSheet:
    rules = f"[care.choice]\nenabled = {str(enabled).lower()}\nminimum_outcomes = {minimum}\n"
    text = rules + BOOK.format(name="one", priority=99) + BOOK.format(name="two", priority=98)
    return _choices(load_policy(text, signals=SIGNALS_BY_NAME), RECORDS)


def line(enabled: bool, minimum: int = 50) -> ChoiceLine:
    return next(one for one in sheet(enabled, minimum).rows if (one.cause, one.tier) == ("too_hard", "core"))


@pytest.mark.parametrize(("enabled", "minimum"), [(False, 50), (True, 81)])
def test_off_or_with_too_few_outcomes_the_first_by_priority_is_taken(enabled: bool, minimum: int) -> None:
    found = line(enabled, minimum)
    assert (found.basis, found.known, found.arms[0].playbook, found.arms[0].probability) == ("priority", 80, "one", 1.0)


def test_once_enough_is_known_what_has_worked_is_chosen_and_the_page_says_so() -> None:
    found = line(enabled=True)
    one, two = (next(arm for arm in found.arms if arm.playbook == name) for name in ("one", "two"))
    assert found.basis == "bandit" and two.probability > 0.9 > one.probability
    assert one.low < one.mean < one.high < two.mean
    view = choices_view(sheet(enabled=True), words_of("en"))
    row = next(row for row in view.rows if row.cause == "Too hard")
    assert row.known == "80 of 50 outcomes known." and "what has worked" in row.basis
    assert "days counts less, by up to" in view.recency and "choice." not in view.recency + view.state
    assert not view.by_priority and choices_view(sheet(enabled=False), words_of("zh-CN")).by_priority
