"""A policy.toml that is not in force, told by the verbs that go by the policy which is."""

from __future__ import annotations

import logging

from staycourse.app.homes import Home
from staycourse.app.policies import unaccepted
from staycourse.cli.show import plain
from staycourse.cli.telling import tell_line
from staycourse.kernel import StaycourseError, Translator


def tell_unaccepted(say: Translator, home: Home, told: str = "") -> str:
    """Tell of a policy.toml that is not in force, unless just that was `told`; return what has been told."""
    try:
        line = str(unaccepted(home) or "")
    except StaycourseError as error:
        line = error.line()
    if line and line != told:
        tell_line(say.text("cli.tick.unaccepted", line=plain(say.told(line))), logging.WARNING)
    return line
