"""The column `other`: JSON, or what PHP's serialize() wrote of plain arrays. Objects are never made."""

from __future__ import annotations

import re
from typing import Any

import msgspec

MOST = 100_000
DEEPEST = 5
_SCALAR = re.compile(rb"(?:i:(-?\d{1,18})|b:([01])|d:(-?[0-9.]{1,30}(?:E[+-]?\d{1,3})?)|(N));")
_LENGTH = re.compile(rb"([sa]):(\d{1,6}):")


def read_other(text: Any) -> dict[str, Any]:
    """Return the fields of `other`; what is neither JSON nor a plain PHP array is none at all."""
    if not isinstance(text, str) or not text or len(text) > MOST:
        return {}
    try:
        found = msgspec.json.decode(text) if text[0] in '{["' else _php(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _php(text: str) -> Any:
    data = text.encode("utf-8", "surrogatepass")
    value, end = _value(data, 0, 0)
    if end != len(data):
        raise ValueError("more follows")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """Read a value at `at`: null, true and false, numbers, texts and arrays; ValueError for anything else (O:, C:)."""
    if found := _SCALAR.match(data, at):
        whole, flag, fraction, _ = found.groups()
        value: Any = int(whole) if whole else bool(int(flag)) if flag else float(fraction) if fraction else None
        return value, found.end()
    sized = _LENGTH.match(data, at)
    if sized is None or depth > DEEPEST:
        raise ValueError("not a plain value")
    length, begin = int(sized[2]), sized.end()
    if sized[1] == b"a":
        return _array(data, begin, length, depth)
    end = begin + 1 + length
    if data[begin : begin + 1] != b'"' or data[end : end + 2] != b'";':
        raise ValueError("a text of another length")
    return data[begin + 1 : end].decode("utf-8", "replace"), end + 2


def _array(data: bytes, at: int, length: int, depth: int) -> tuple[dict[str, Any], int]:
    if data[at : at + 1] != b"{" or length > 1_000:
        raise ValueError("not a plain array")
    at += 1
    found: dict[str, Any] = {}
    for _ in range(length):
        key, at = _value(data, at, depth + 1)
        found[str(key)], at = _value(data, at, depth + 1)
    if data[at : at + 1] != b"}":
        raise ValueError("an array of another length")
    return found, at + 1
