"""One line of a tracking log, decoded: the documented common fields, and the payload on demand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from staycourse.adapters.importers.cells import as_name
from staycourse.kernel import natural_id

_COURSE_OF_PATH = re.compile(r"/courses/(course-v1:[^/?#]+|[^/?#]+/[^/?#]+/[^/?#]+)(?:/([^?#]*))?")
_BLOCK = re.compile(r"block-v1:([^+@\s]+\+[^+@\s]+\+[^+@\s]+)\+")
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class Context(msgspec.Struct, frozen=True):
    """The documented member fields of `context` that are read."""

    user_id: int | str | None = None
    course_id: str | None = None
    path: str | None = None


class Record(msgspec.Struct, frozen=True):
    """The documented common fields that are read. `event` is the payload: an object, or JSON within a string."""

    time: str
    event_type: str
    event: msgspec.Raw = msgspec.Raw(b"null")
    context: Context | None = None
    event_source: str | None = None
    username: str | None = None
    session: str | None = None
    name: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return the payload; what is no object is an empty one."""
        try:
            found = msgspec.json.decode(self.event)
            if isinstance(found, str):
                found = msgspec.json.decode(found)
        except UNREADABLE:
            return {}
        return found if isinstance(found, dict) else {}

    def moment(self) -> datetime:
        """Return when it happened; without a zone the log means UTC. ValueError if it is no time."""
        moment = datetime.fromisoformat(self.time)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

    def learner(self) -> str:
        """Return who acted: the platform's number, else the name; "" for nobody."""
        number = self.context.user_id if self.context else None
        return str(number) if number not in (None, "") else self.username or ""

    def course(self, payload: dict[str, Any]) -> str:
        """Return the course's key, from the context, the payload, the path or a block's key; "" for none."""
        given = (self.context.course_id if self.context else None) or payload.get("course_id")
        if isinstance(given, str) and given:
            return given
        on_path = _COURSE_OF_PATH.match(self.event_type)
        if on_path:
            return on_path[1]
        block = _BLOCK.search(str(payload.get("id") or payload.get("block_id") or payload.get("problem_id") or ""))
        return f"course-v1:{block[1]}" if block else ""

    def page(self) -> tuple[str, str] | None:
        """Return the section of the course and the rest of the path, where the event is a request below /courses/."""
        found = _COURSE_OF_PATH.match(self.event_type)
        if found is None:
            return None
        section, _, rest = (found[2] or "").partition("/")
        return section, rest.strip("/")

    def natural(self, learner: str, moment: datetime) -> str:
        """Return the event's id: the same line is the same fact, whatever file it stands in."""
        return natural_id(
            "openedx", moment.isoformat(), learner, self.event_type, self.session or "", bytes(self.event)
        )


_DECODER = msgspec.json.Decoder(Record)


def decode(data: bytes) -> Record:
    """Decode a line; what a logging service put before the JSON (`... [tracking] ... - {`) is passed over."""
    if not data.startswith(b"{"):
        begin = data.find(b"{", 0, 2_000)
        if begin > 0 and b"[tracking]" in data[:begin]:
            data = data[begin:]
    return _DECODER.decode(data)


def dug(payload: dict[str, Any], path: str) -> Any:
    """Return the field `path`, dotted, of the payload; None if it is not there."""
    found: Any = payload
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def thing(payload: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of the named fields that holds something, as text."""
    for name in names:
        found = as_name(dug(payload, name))
        if isinstance(found, str) and found:
            return found if len(found) <= 500 else natural_id(found)
    return ""
