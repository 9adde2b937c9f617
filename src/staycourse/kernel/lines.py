"""Lines of a process's log on standard error, as text or JSON, without secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from staycourse.kernel.errors import BadSettings
from staycourse.kernel.wording import worded

FORMAT, LEVEL = "STAYCOURSE_LOG_FORMAT", "STAYCOURSE_LOG_LEVEL"
LEVELS: Final = ("debug", "info", "warning", "error")

_SECRETS: Final = (
    (re.compile(r"(sc_[0-9a-z]+_)[0-9a-z]+", re.IGNORECASE), r"\1…"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"(://[^/\s:@]+:)[^@\s]+@"), r"\1…@"),
)
"""What must not stand in a log even if a library writes it: keys, credentials, passwords in addresses."""


class _Plain(logging.Formatter):
    """A line of text, without secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))


class _Json(logging.Formatter):
    """A line of JSON: at, level, logger, message, and error (a traceback) where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if record.exc_info:
            told["error"] = scrubbed(self.formatException(record.exc_info))
        return msgspec.json.encode(told).decode()


def scrubbed(text: str) -> str:
    """Return `text` without what looks like a key, a credential or a password."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def tell_log(environment: Mapping[str, str] = os.environ) -> None:
    """Send what is logged to standard error; BadSettings where the variables are none of the known ones."""
    form = _one_of(environment, FORMAT, ("text", "json"))
    level = _one_of(environment, LEVEL, LEVELS, "warning")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Plain())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def lines_are_json() -> bool:
    """Say whether this process tells its log as JSON: then nothing else may stand on standard error."""
    return any(isinstance(handler.formatter, _Json) for handler in logging.getLogger().handlers)


def _one_of(environment: Mapping[str, str], name: str, known: tuple[str, ...], default: str = "") -> str:
    given = environment.get(name) or default or known[0]
    if given not in known:
        raise BadSettings(
            worded("{given!r} is none of {choices}", given=given[:40], choices=", ".join(known)),
            where=name,
            mend="set it or unset it",
        )
    return given
