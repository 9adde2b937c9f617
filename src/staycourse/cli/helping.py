"""click's own words in help, in the language of the rest: headings, the usage line, and what it says of an option."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import click

from staycourse.kernel import Translator

_EXTRAS: Final = re.compile(
    r"(?P<text>.*?)(?P<gap>\s*)\[(?P<extras>(?:default: |required|env var: )[^\]]*)\]", re.DOTALL
)


class HelpInLanguage(click.HelpFormatter):
    """Writes a help page as click does, its own words by the catalogue."""

    def __init__(self, say: Translator, **widths: Any) -> None:
        super().__init__(**widths)
        self._say = say

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for name in ("options", "command", "args"):
            args = args.replace(_SHOWN[name], self._say.text(f"cli.usage.{name}"))
        super().write_usage(prog, args, prefix or self._say.text("cli.usage") + " ")

    def write_heading(self, heading: str) -> None:
        known = heading in ("Options", "Commands")
        super().write_heading(self._say.text(f"cli.heading.{heading.lower()}") if known else heading)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(first, self._told(second)) for first, second in rows], col_max, col_spacing)

    def _told(self, text: str) -> str:
        """Return what is said of one option, click's part of it in the language."""
        if text == "Show this message and exit.":
            return self._say.text("cli.option.help")
        found = _EXTRAS.fullmatch(text)
        if found is None:
            return text
        return f"{found['text']}{found['gap']}[{'; '.join(map(self._extra, found['extras'].split('; ')))}]"

    def _extra(self, one: str) -> str:
        kind, _, value = one.partition(": ")
        return self._say.text(f"cli.extra.{_KINDS[kind]}", value=value) if kind in _KINDS else one


_SHOWN: Final = {"options": "[OPTIONS]", "command": "COMMAND", "args": "[ARGS]..."}
_KINDS: Final = {"default": "default", "required": "required", "env var": "variable"}


def in_language(command: click.Command, say: Translator) -> click.Command:
    """Let a command, and all below it, write their help in one language."""

    class Spoken(click.Context):
        def make_formatter(self) -> click.HelpFormatter:
            return HelpInLanguage(say, width=self.terminal_width, max_width=self.max_content_width)

    command.context_class = Spoken
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        in_language(below, say)
    return command
