"""JSON as it came: read whole, and not too deep; and the two things in it that a server writes anew."""

from __future__ import annotations

from typing import Any

import msgspec

from staycourse.kernel import as_wording, worded
from staycourse.xapi import values
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.statement import ROLES

DEEPEST = 64
"""How deep objects and arrays may lie in each other."""
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def json_of(told: bytes) -> Any:
    """Return the JSON value that `told` is; BadStatement if it is none, or too deep."""
    try:
        value = _decode(told)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadStatement(worded("is not JSON: {why}", why=as_wording(fault))) from None
    except RecursionError:
        raise BadStatement("is nested too deeply") from None
    check_depth(told)
    return value


def check_depth(told: bytes) -> None:
    """Refuse JSON that is too deep; what has few brackets cannot be."""
    if told.count(b"{") + told.count(b"[") > DEEPEST:
        _not_deep(_decode(told), DEEPEST)


def _not_deep(value: Any, left: int) -> None:
    if not left:
        raise BadStatement(worded("is nested deeper than {most}", most=DEEPEST))
    if type(value) is dict:
        for one in value.values():
            _not_deep(one, left - 1)
    elif type(value) is list:
        for one in value:
            _not_deep(one, left - 1)


def with_lists(value: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return contextActivities, or a statement within a statement that has them, as lists, and whether that changed it.

    xAPI 1.0.3 part 2, section 2.4.6.2: a server returns a list, also where one activity came alone.
    """
    if value.get("objectType") == "SubStatement":
        around = value.get("context", {}).get("contextActivities")
        inner, changed = with_lists(around) if around else ({}, False)
        return (
            ({**value, "context": {**value["context"], "contextActivities": inner}}, True)
            if changed
            else (value, False)
        )
    if "id" in value or all(isinstance(value[role], list) for role in ROLES if role in value):
        return value, False
    return {role: one if isinstance(one, list) else [one] for role, one in value.items()}, True


def utc_text(value: str, told: bytes) -> bytes:
    """Return a timestamp in UTC as JSON, as it came where it is so already (xAPI 2.0, section 4.2.4.2)."""
    return told if value[-1:] in "Zz" else _encode(values.instant(value))
