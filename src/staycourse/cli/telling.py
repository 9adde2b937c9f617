"""Lines beside what was asked for: plain on standard error, or part of the process's log where that is JSON."""

from __future__ import annotations

import logging

import click

from staycourse.kernel import Translator, lines_are_json

_LOG = logging.getLogger("staycourse")


def tell_line(line: str, level: int = logging.INFO) -> None:
    """Tell a line; in JSON only where STAYCOURSE_LOG_LEVEL lets its level through."""
    if lines_are_json():
        _LOG.log(level, "%s", line)
    else:
        click.echo(line, err=True)


def tell_fault(say: Translator, line: str) -> None:
    """Tell a fault, `line` said already."""
    tell_line(line if lines_are_json() else say.text("cli.error", line=line), logging.ERROR)
