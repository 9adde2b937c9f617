"""Numbers with their nouns: one is one in English, Chinese has one form, and what is shown decides, not what it was."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from staycourse.desk import Reason, reason_text
from staycourse.kernel import LANGUAGES, translator, words_of
from staycourse.signals import CATALOGUE


@pytest.mark.parametrize(
    ("language", "value", "said"),
    [
        ("en", 1.0, "No learning for 1 day"),
        ("en", 2.0, "No learning for 2 days"),
        ("en", 0.0, "No learning for 0 days"),
        ("en", 0.5, "No learning for 0.5 days"),
        ("en", 1.04, "No learning for 1 day"),
        ("en", 1.06, "No learning for 1.1 days"),
        ("en", 1_234.0, "No learning for 1,234 days"),
        ("zh-CN", 1.0, "已有 1 天没有学习"),
        ("zh-CN", 2.0, "已有 2 天没有学习"),
    ],
)
def test_a_reason_says_one_day_and_two_days(language: str, value: float, said: str) -> None:
    assert reason_text(Reason("days_absent", "attendance", 0.1, value), words_of(language)) == said


def test_no_reason_says_one_things() -> None:
    """Every reason in English whose noun follows the number has a form for one."""
    plural = re.compile(r"\{value\} [a-z]+s\b(?! the )")
    messages = translator("en").messages
    lacking = [
        signal.name
        for signal in CATALOGUE
        if len(messages[f"signal.{signal.name}.reason"]) == 1
        and plural.search(messages[f"signal.{signal.name}.reason"][0])
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("language", "numbers", "said"),
    [
        ("en", (1, 1, 1), "Imported 1 event, 1 course, 1 learner."),
        ("en", (2, 0, 1), "Imported 2 events, 0 courses, 1 learner."),
        ("zh-CN", (1, 2, 1), "已导入 1 个事件、2 门课程、1 名学员。"),
    ],
)
def test_a_message_that_counts_several_things_counts_each(
    language: str, numbers: tuple[int, int, int], said: str
) -> None:
    events, courses, learners = numbers
    assert translator(language).text("cli.import.done", events=events, courses=courses, learners=learners) == said


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("en", 1, "After 1 day of silence only 19% still come back within the next 2 days"),
        ("en", 12, "After 12 days of silence only 19% still come back within the next 2 days"),
        ("zh-CN", 1, "沉默满 1 天后，只有 19% 的学员会在此后 2 天内回来"),
    ],
)
def test_the_reasoning_about_a_horizon_counts(language: str, days: int, said: str) -> None:
    values = {"days": days, "share": 0.19, "follow_days": 2, "return_share": 0.2, "silences": 48_040}
    told = words_of(language).filled("churn.reason.crossed", values)
    assert told.startswith(said)
    assert "48,040" in told


def test_every_noun_that_a_message_asks_for_is_there() -> None:
    for language in LANGUAGES:
        messages = translator(language).messages
        asked = {
            noun for forms in messages.values() for form in forms for noun in re.findall(r"\{\w+:([a-z_]+)\}", form)
        }
        assert {noun for noun in asked if f"count.{noun}" not in messages} == set()
        assert len(messages["count.days"]) == (2 if language == "en" else 1)


def test_catalogues_with_plurals_say_how_they_choose() -> None:
    for language, rule in (("en", "nplurals=2; plural=(n != 1);"), ("zh_CN", "nplurals=1; plural=0;")):
        folder = resources.files("staycourse") / "locale" / language
        for entry in folder.iterdir():
            if entry.name.endswith(".po"):
                with entry.open("rb") as stream:
                    text = stream.read().decode()
                    stream.seek(0)
                    counts = any(message.pluralizable for message in read_po(stream) if message.id)
                assert not counts or rule in text, entry.name
