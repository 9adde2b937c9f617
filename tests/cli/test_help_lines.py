"""The list of verbs reads as one list: each line a sentence of its own, in both languages."""

from __future__ import annotations

import click
import pytest

from staycourse.cli.main import command
from staycourse.kernel import translator


def _shorts(group: click.Group) -> list[str]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        assert one is not None
        found.append(one.get_short_help_str(limit=200))
        found += _shorts(one) if isinstance(one, click.Group) else []
    return found


@pytest.mark.parametrize(("language", "ends"), [("en", (".", "?")), ("zh-CN", ("。", "？"))])
def test_every_verb_is_told_by_a_sentence(language: str, ends: tuple[str, ...]) -> None:
    shorts = _shorts(command(translator(language)))
    assert len(shorts) > 40
    assert [one for one in shorts if one[0].islower() or not one.endswith(ends)] == []
