"""Reading a TOML file of the operator into records, so that a fault names its line and field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from staycourse.kernel import BadInput, as_wording, worded
from staycourse.policy.checks import Fault
from staycourse.policy.lines import Path, field_lines

MAX_CHARACTERS = 1_000_000
NAMELESS = "..."
UNLIMITED = "unlimited"
"""What a bound says that lets everything through."""
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_WANTED = re.compile(r"Expected `(?P<kind>[a-z]+)[^`]*`(?P<rest>.*)", re.DOTALL)
_BOUND = re.compile(r"(?P<length> of length)? (?P<side>[<>]=?) (?P<bound>-?[0-9.]+)")
_KINDS = {
    "str": ("it is no text", "write it in quotation marks"),
    "int": ("it is no whole number", "write it as 60: without quotation marks or a fraction"),
    "float": ("it is no number", "write it as 0.5: without quotation marks"),
    "bool": ("it is neither true nor false", "write it as true or false"),
    "array": ("it is no list", "write it in square brackets"),
    "object": ("it is no table", "write it in braces, or under a heading of its own"),
}
"""What is said of a value of another kind, and how that kind is written in TOML."""

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class OperatorFile:
    """One kind of file: what it is called in an error, the page that tells of it, and the error that is raised."""

    called: str
    page: str
    error: type[BadInput]

    def parse(self, text: str, source: str) -> dict[str, Any]:
        """Return what the TOML `text` says; the error names the line. `source` is how it names the file."""
        if len(text) > MAX_CHARACTERS:
            raise self.error(
                worded(
                    "{called} is longer than {most:,} characters", called=as_wording(self.called), most=MAX_CHARACTERS
                ),
                where=source,
                mend="shorten it",
            )
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            what = str(error)
            match = _AT_LINE.search(what)
            line = int(match[1]) if match and match[1] else text.count("\n") + 1
            what = what[: match.start()] if match else what
            raise self.error(
                what[:1].lower() + what[1:],
                where=worded("{source}, line {line}", source=source, line=line),
                mend="see https://toml.io for the form",
            ) from None
        except RecursionError:
            raise self.error(
                worded("{called} is nested too deeply", called=as_wording(self.called)),
                where=source,
                mend=worded("see {page}", page=self.page),
            ) from None

    def convert(self, given: Mapping[str, Any], kind: type[Record], text: str, source: str) -> Record:
        """Return `given` as a record of `kind`; the error names the line in `text` and the field."""
        try:
            return msgspec.convert(given, kind)
        except msgspec.ValidationError as error:
            fault = self.shape_fault(error)
            path = _named(fault.path, given, kind, str(error))
            raise self.placed(_of_bound(fault._replace(path=path), given, kind, str(error)), text, source) from None

    def shape_fault(self, error: msgspec.ValidationError) -> Fault:
        """Turn msgspec's complaint ("... - at `$.rules[2].op`") into a fault with its path.

        Of a table with names of its own it tells none ("[...]"): that step of the path is NAMELESS.
        """
        what, _, place = str(error).partition(" - at `$")
        path: Path = tuple(
            step[1] if step[1] else (int(step[2]) if step[2].isdigit() else NAMELESS)
            for step in _STEP.finditer(place.rstrip("`"))
        )
        unknown = _UNKNOWN.search(what)
        if unknown:
            return Fault(
                (*path, unknown[1]),
                worded("there is no field {name!r} here", name=unknown[1][:60]),
                worded("see {page} for the fields", page=self.page),
            )
        said, mend = _told(what)
        return Fault(path, said, mend or worded("see {page}", page=self.page))

    def placed(self, fault: Fault, text: str, source: str) -> BadInput:
        """Return the error that names the line of the fault's field, or of the nearest table around it."""
        lines: Mapping[Path, int] = field_lines(text)
        for end in range(len(fault.path), 0, -1):
            if fault.path[:end] in lines:
                place = worded(
                    "{source}, line {line}, {field}",
                    source=source,
                    line=lines[fault.path[:end]],
                    field=field_name(fault.path),
                )
                return self.error(fault.what, where=place, mend=fault.mend)
        name = field_name(fault.path)
        return self.error(fault.what, where=f"{source}, {name}" if name else source, mend=fault.mend)


def _told(what: str) -> tuple[str, str]:
    """Return in our words what msgspec says of a value, and how to mend it; "" where only the page can tell."""
    wanted = _WANTED.fullmatch(what)
    bound = _BOUND.fullmatch(wanted["rest"]) if wanted else None
    if wanted and bound:
        return _beyond(bound)
    if wanted and wanted["rest"].startswith(", got") and wanted["kind"] in _KINDS:
        return _KINDS[wanted["kind"]]
    return what[:1].lower() + what[1:], ""


def _beyond(passed: re.Match[str]) -> tuple[str, str]:
    side, bound = passed["side"], passed["bound"]
    if passed["length"]:
        few, many = worded("it is shorter than {bound}", bound=bound), worded("it is longer than {bound}", bound=bound)
        return (few if side.startswith(">") else many), ""
    match side:
        case ">=":
            return worded("it is below {least}", least=bound), worded("give at least {least}", least=bound)
        case "<=":
            return worded("it is above {most}", most=bound), worded("give {most} at most", most=bound)
        case ">":
            return worded("it is not above {bound}", bound=bound), ""
    return worded("it is not below {bound}", bound=bound), ""


def _named(path: Path, given: Mapping[str, Any], kind: type[Any], told: str) -> Path:
    """Find the name of each NAMELESS step: the entry without which the same complaint is not made."""
    if NAMELESS not in path:
        return path
    place = path.index(NAMELESS)
    table: Any = given
    for step in path[:place]:
        table = table[step]
    for name in table if isinstance(table, Mapping) else ():
        without = _without(given, (*path[:place], name))
        try:
            msgspec.convert(without, kind)
        except msgspec.ValidationError as error:
            if str(error) == told:
                continue
        return _named((*path[:place], name, *path[place + 1 :]), given, kind, told)
    return path[:place]


def _of_bound(fault: Fault, given: Mapping[str, Any], kind: type[Any], told: str) -> Fault:
    """Say what a bound needs, where a text stands in its place: one that `UNLIMITED` could stand in."""
    if not told.startswith("Invalid enum value") or NAMELESS in fault.path:
        return fault
    try:
        msgspec.convert(_with(given, fault.path, UNLIMITED), kind)
    except msgspec.ValidationError as error:
        if str(error).partition(" - at ")[2] == told.partition(" - at ")[2]:
            return fault
    value: Any = given
    for step in fault.path:
        value = value[step]
    mend = '0 lets nothing through, "unlimited" lets everything through'
    if not value.strip():
        return Fault(fault.path, "an empty text is no bound: it could mean none or any", mend)
    return Fault(fault.path, worded("{text!r} is neither a number from 0 nor unlimited", text=value[:40]), mend)


def _with(given: Any, path: Path, value: Any) -> Any:
    """Return `given` with `value` at `path`."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(given, Mapping):
        return {**given, first: _with(given[str(first)], rest, value)}
    return [_with(one, rest, value) if place == first else one for place, one in enumerate(given)]


def _without(given: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return `given` less the entry at `path`, a path of names."""
    first, rest = str(path[0]), path[1:]
    if not rest:
        return {name: value for name, value in given.items() if name != first}
    return {**given, first: _without(given[first], rest)}


def field_name(path: Path) -> str:
    """Write a path as people read it: `rules[2].when[0].signal`, counting from 0 as TOML tools do."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
