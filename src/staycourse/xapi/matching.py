"""Whether two statements are the same: one that comes again must be, or it is refused.

xAPI 1.0.3 part 2, section 2.3.3 and xAPI 2.0, section 4.2.3: what a server fills in or may change does not count (id,
stored, authority, version, a timestamp that was not given), nor the words for things (display, definition), nor the
order of lists.
"""

from __future__ import annotations

import re
from typing import Any

from staycourse.xapi.json_text import with_lists
from staycourse.xapi.values import instant

_FINER = re.compile(r"(\.[0-9]{0,2})[0-9]*S$")
_FILLED_IN = frozenset({"id", "stored", "authority", "version", "timestamp", "attachments"})


def same_statement(kept: dict[str, Any], come: dict[str, Any]) -> bool:
    """Say whether the statement that came is the one that is kept."""
    if "timestamp" in come and instant(come["timestamp"]) != instant(kept["timestamp"]):
        return False
    return _plain(kept) == _plain(come)


def _plain(statement: dict[str, Any]) -> dict[str, Any]:
    """Return what counts of a statement."""
    found = {name: value for name, value in statement.items() if name not in _FILLED_IN}
    if "context" in found:
        around = found["context"].get("contextActivities")
        lists = {"contextActivities": with_lists(around)[0]} if around else {}
        found["context"] = _normal({**found["context"], **lists})
    if "duration" in found.get("result", ()):
        found["result"] = {**found["result"], "duration": _hundredths(found["result"]["duration"])}
    found["object"] = _normal(with_lists(found["object"])[0])
    found["actor"] = _normal(found["actor"])
    found["verb"] = found["verb"]["id"]
    return found


def _hundredths(duration: str) -> str:
    """Return a duration without what is finer than a hundredth of a second (xAPI 2.0, section 4.2.7)."""
    return _FINER.sub(lambda found: found[1].rstrip("0").rstrip(".") + "S", duration.replace(",", "."))


def _normal(value: Any) -> Any:
    """Return a part without words and kinds that go without saying, its lists in one order."""
    if isinstance(value, dict):
        kinds = {"Agent", "Activity"}
        return {
            name: one if name == "extensions" else _normal(one)
            for name, one in value.items()
            if name not in ("display", "definition") and not (name == "objectType" and one in kinds)
        }
    if isinstance(value, list):
        return sorted((_normal(one) for one in value), key=repr)
    return value
