"""Help is in one language: click's own words come from the catalogue too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from staycourse.cli.main import command
from staycourse.kernel import translator

CLICKS = (
    "Usage",
    "Options:",
    "Commands:",
    "Show this message",
    "[OPTIONS]",
    "COMMAND",
    "[ARGS]",
    "default:",
    "required",
)


def pages(one: click.Command, above: click.Context | None = None) -> Iterator[str]:
    """Yield the help page of a command and of every one below it."""
    context = one.make_context(one.name or "", [], parent=above, resilient_parsing=True)
    yield one.get_help(context)
    if isinstance(one, click.Group):
        for name in one.list_commands(context):
            below = one.get_command(context, name)
            assert below is not None
            yield from pages(below, context)


@pytest.fixture(scope="module")
def chinese() -> list[str]:
    return list(pages(command(translator("zh-CN"))))


def test_no_word_of_clicks_stands_in_a_chinese_page(chinese: list[str]) -> None:
    assert len(chinese) > 60
    for page in chinese:
        assert page.startswith("用法：") and "显示此帮助并退出。" in page
        assert [word for word in CLICKS if word in page] == [], page


def test_what_click_says_of_options_is_said(chinese: list[str]) -> None:
    told = re.sub(r"\s+", " ", "\n".join(chinese))
    assert "[默认：24; 0<=x<=2160]" in told and "[必填]" in told


def test_english_pages_are_as_click_writes_them() -> None:
    page = next(pages(command(translator("en"))))
    assert page.startswith("Usage: ") and "[OPTIONS] COMMAND [ARGS]..." in page
    assert "\nOptions:\n" in page and "\nCommands:\n" in page and "Show this message and exit." in page
