"""How a name that nobody has mapped could be mapped: a piece of the policy, or of xapi.toml, to begin from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from staycourse.adapters.store.doors import StatementBook, UnmappedName, Wanted
from staycourse.app.homes.home import Home
from staycourse.app.intake.arrivals import XAPI
from staycourse.events import VERBS_BY_NAME
from staycourse.xapi.terms import VERB, term

LIKELY: Final = "content_viewed"
"""What somebody did is this, where its name is like none of our verbs'."""

_COURSE: Final = ("course_id", "courseid", "course", "class_id", "classid", "group.id", "program_id", "class")
_THING: Final = ("lesson_id", "lessonid", "quiz_id", "quizid", "assignment_id", "content_id", "object.id", "object_id",
                 "item_id", "id", "lesson", "quiz", "badge", "name", "url")  # fmt: skip
_VALUE: Final = ("score", "value", "seconds", "duration", "progress", "amount", "count", "rating")
_STRING: Final = msgspec.json.Encoder()


def mapping_example(row: UnmappedName) -> str:
    """Return TOML that maps a name as far as can be guessed from it and from its newest message; it can be read."""
    verb = likely_verb(row.name)
    if row.door == XAPI:
        return f"[verbs]\n{_quoted(row.name)} = {_quoted(verb)}\n"
    lines = [f"[events.names.{_quoted(row.name)}]", f"verb = {_quoted(verb)}"]
    properties = _properties(row.sample)
    for field, known in (("course", _COURSE), ("object", _THING)):
        if found := _first(properties, known):
            lines.append(f"{field} = [{_quoted(found)}]")
    unit = VERBS_BY_NAME[verb].unit
    if unit and (found := _first(properties, _VALUE)):
        lines.append(f"value = [{_quoted(found)}]  # {unit}")
    return "\n".join(lines) + "\n"


def statement_sample(home: Home, verb: str) -> str:
    """Return the newest statement of an xAPI verb as JSON, "" where none is there."""
    book = StatementBook(home.database, lambda _: ((), ""))
    found = book.page(home.tenant, Wanted(terms=((term(VERB, verb),),), limit=1))
    return found[0].body if found else ""


def likely_verb(name: str) -> str:
    """Return our verb whose name is likest to a platform's own, or to what stands last in an IRI."""
    last = re.split(r"[/#:.]", name.rstrip("/#:."))[-1] or name
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", last).strip("_").lower()
    without_value = [verb.name for verb in VERBS_BY_NAME.values() if not verb.needs_value]
    found = get_close_matches(words, without_value, n=1, cutoff=0.6)
    return found[0] if found else LIKELY


def _properties(sample: str) -> list[str]:
    """Return the names of a kept message's properties, `a.b` for one within another."""
    try:
        told = msgspec.json.decode(sample or "{}", type=dict[str, Any]).get("properties")
    except (msgspec.MsgspecError, RecursionError):
        return []
    return list(_names(told)) if isinstance(told, Mapping) else []


def _names(told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner, one in value.items() if isinstance(one, str | int | float))
        elif isinstance(value, str | int | float):
            yield name


def _first(properties: Iterable[str], known: Iterable[str]) -> str:
    by_form = {re.sub(r"[^a-z.]+", "", name.lower()): name for name in properties if 0 < len(name) <= 100}
    return next((by_form[form] for one in known if (form := one.replace("_", "")) in by_form), "")


def _quoted(text: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's, but for what JSON leaves as it is (DEL)."""
    return _STRING.encode(text).decode().replace("\x7f", "\\u007f")
