"""A statement that was checked: its parts, by what it is found, and how it is written down.

The bytes of a part are kept as they came ("exact", as the specification has it); only what the specification tells a
server to fill in or to change is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from staycourse.xapi.json_text import json_of
from staycourse.xapi.statement import VOIDED

FILLED_IN = frozenset({"stored", "authority", "version"})

Terms = Callable[[Any], Iterable[int]]


class Part:
    """One part of a statement that was checked: its bytes, and its value and terms, made when they are asked for.

    Without `read` nothing is found by it.
    """

    __slots__ = ("_read", "_terms", "_value", "raw")

    def __init__(self, raw: bytes, read: Terms | None, value: Any = None) -> None:
        self.raw = raw
        self._read = read
        self._terms: tuple[int, ...] | None = None if read else ()
        self._value = value

    @property
    def terms(self) -> tuple[int, ...]:
        """Return by what the part is found."""
        if self._terms is None:
            self._terms = tuple(self._read(self.value)) if self._read else ()
        return self._terms

    @property
    def value(self) -> Any:
        """Return the value. It is shared: change nothing in it."""
        if self._value is None:
            self._value = json_of(self.raw)
        return self._value


class Statement(msgspec.Struct, gc=False):
    """A statement that was checked. `statement` is its id, "" where none was given; `value` all its parts, shared.

    Of a plain one (staycourse.xapi.plain) `told` is what came, `named` and `timed` whether it holds an id and a time;
    `read` takes it apart once somebody asks.
    """

    statement: str
    own: dict[str, Part] | None = None
    told: bytes = b""
    named: bool = True
    timed: bool = True
    read: Callable[[bytes], dict[str, Part]] | None = None

    @property
    def parts(self) -> dict[str, Part]:
        """Return the parts by their names."""
        if self.own is None:
            self.own = self.read(self.told) if self.read else {}
        return self.own

    @property
    def value(self) -> dict[str, Any]:
        """Return the parts as one object. What lies in it is shared: change nothing."""
        found: dict[str, Any] = {name: part.value for name, part in self.parts.items()}
        return {"id": self.statement, **found} if self.statement else found

    @property
    def doing(self) -> dict[str, Any]:
        """Return who did what and when as one object: `value` without what a server fills in."""
        found = {name: part.value for name, part in self.parts.items() if name not in FILLED_IN}
        found["id"] = self.statement
        return found

    @property
    def target(self) -> str:
        """Return the id of the statement that this one is about, "" if it is about none."""
        about = self.parts["object"].value
        return str(about["id"]).lower() if about.get("objectType") == "StatementRef" else ""

    @property
    def voids(self) -> bool:
        """Say whether it takes another statement back."""
        return bool(self.parts["verb"].value["id"] == VOIDED)

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """Return the descriptions of its attachments, those of a statement within it too."""
        if self.told:
            return []
        own = self.parts["attachments"].value if "attachments" in self.parts else []
        about = self.parts["object"].value
        inner = about.get("attachments", []) if about.get("objectType") == "SubStatement" else []
        return [*own, *inner]

    def terms(self) -> set[int]:
        """Return by what it is found."""
        return {one for part in self.parts.values() for one in part.terms}

    def written(self, stored: bytes, authority: bytes, version: bytes) -> bytes:
        """Return it as it is kept, with what the server fills in; `stored` is also its time where it names none."""
        if self.told:
            body = self.told[:-1] if self.named else b'{"id":"' + self.statement.encode() + b'",' + self.told[1:-1]
            pieces = [body]
        else:
            pieces = [b'{"id":"', self.statement.encode(), b'"']
            for name in ("actor", "verb", "object", "result", "context", "timestamp", "version", "attachments"):
                if found := self.parts.get(name):
                    pieces += [b',"', name.encode(), b'":', found.raw]
        if not (self.timed if self.told else "timestamp" in self.parts):
            pieces += [b',"timestamp":"', stored, b'"']
        if self.told or "version" not in self.parts:
            pieces += [b',"version":"', version, b'"']
        pieces += [b',"stored":"', stored, b'","authority":', authority, b"}"]
        return b"".join(pieces)

    def clean(self) -> bytes:
        """Return a statement that was kept as its checked parts alone: what a client wrote twice stands there once."""
        pieces = [b'{"id":"', self.statement.encode(), b'"']
        for name, part in self.parts.items():
            pieces += [b',"', name.encode(), b'":', part.raw]
        return b"".join([*pieces, b"}"])
