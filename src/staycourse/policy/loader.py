"""Read a policy: the operator's file over the defaults, checked against the catalogue of signals."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from staycourse.kernel import BadPolicy
from staycourse.policy.checks import Fault, faults
from staycourse.policy.lines import Path, field_lines
from staycourse.policy.records import Policy

EXTRA_SIGNALS = ("course_day", "days_in")
"""What the rules' conditions may name beside the catalogue: days since the course started, and since the learner
could begin (since the later of the course's start and enrolling, negative before the start).
"""

MAX_BYTES = 1_000_000
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@cache
def default_policy_text() -> str:
    """Return the default policy: the tables of the domain, each with its comment."""
    return files("staycourse.policy").joinpath("default.toml").read_text(encoding="utf-8")


def load_policy(
    text: str,
    *,
    signals: Collection[str],
    source: str = "policy.toml",
    version: int = 0,
    base: str | None = None,
) -> Policy:
    """Return the policy that `text` (TOML) states; what it leaves out is taken from `base` (the default).

    A table is laid over the default key by key; a list (rules, scorecard items, causes) replaces the default list
    whole. `signals` are the names that conditions may use. BadPolicy names the line and field of the first fault;
    `source` is how it names the file.
    """
    given = _parse(text, source)
    lines = field_lines(text)
    merged = _overlay(_parse(default_policy_text() if base is None else base, "default policy"), given)
    if "version" in merged:  # the store numbers versions; a file cannot
        raise _error(source, lines, Fault(("version",), "a policy file does not number itself", "leave it out"))
    try:
        policy = msgspec.convert(merged | {"version": version}, Policy)
    except msgspec.ValidationError as error:
        raise _error(source, lines, _shape_fault(error)) from None
    for fault in faults(policy, frozenset(signals), EXTRA_SIGNALS):
        raise _error(source, lines, fault)
    return policy


def _parse(text: str, source: str) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise BadPolicy(f"the policy is longer than {MAX_BYTES:,} characters", where=source, mend="shorten it")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = str(error)
        match = _AT_LINE.search(what)
        line = int(match[1]) if match and match[1] else text.count("\n") + 1
        what = what[: match.start()] if match else what
        raise BadPolicy(
            what[:1].lower() + what[1:], where=f"{source}, line {line}", mend="see https://toml.io for the form"
        ) from None
    except RecursionError:
        raise BadPolicy("the policy is nested too deeply", where=source, mend="see docs/policy.md") from None


def _overlay(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in given.items():
        below = merged.get(key)
        merged[key] = _overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _shape_fault(error: msgspec.ValidationError) -> Fault:
    """Turn msgspec's complaint ("... - at `$.rules[2].op`") into a fault with its path."""
    what, _, place = str(error).partition(" - at `$")
    path: Path = tuple(
        step[1] if step[1] else (int(step[2]) if step[2].isdigit() else 0) for step in _STEP.finditer(place.rstrip("`"))
    )
    unknown = _UNKNOWN.search(what)
    if unknown:
        return Fault(
            (*path, unknown[1]), f"there is no field {unknown[1][:60]!r} here", "see docs/policy.md for the fields"
        )
    return Fault(path, what[:1].lower() + what[1:], "see docs/policy.md")


def _error(source: str, lines: Mapping[Path, int], fault: Fault) -> BadPolicy:
    """Name the line of the fault's field, or of the nearest table around it."""
    for end in range(len(fault.path), 0, -1):
        if fault.path[:end] in lines:
            place = f"{source}, line {lines[fault.path[:end]]}, {field_name(fault.path)}"
            return BadPolicy(fault.what, where=place, mend=fault.mend)
    name = field_name(fault.path)
    return BadPolicy(fault.what, where=f"{source}, {name}" if name else source, mend=fault.mend)


def field_name(path: Path) -> str:
    """Write a path as people read it: `rules[2].when[0].signal`, counting from 0 as TOML tools do."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
