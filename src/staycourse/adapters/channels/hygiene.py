"""Texts from people, made harmless before they reach a protocol: no header, frame or line can be broken out of."""

from __future__ import annotations

import re

from staycourse.kernel import natural_id

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_:-]{1,200}")


def clean_text(text: str) -> str:
    """Return `text` without control characters (line feeds and tabs stay) and without halves of surrogate pairs."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 1000) -> str:
    """Return `text` as one line of at most `limit` characters: what a header, a title or an error may hold."""
    line = _BLANKS.sub(" ", _CONTROL.sub(" ", text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def plain_key(key: str) -> str:
    """Return `key` as any header or URL can hold it: itself where it is plain, else a digest, always the same."""
    return key if _PLAIN_KEY.fullmatch(key) else natural_id("key", key)
