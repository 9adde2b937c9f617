"""Changing a policy's text: only what is asked, the operator's comments and order left as they stand."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import AoT

from staycourse.policy import default_policy_text, scene_text, scenes

Step = str | int


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `value` at `path`; a rule of the list `rules` is named by its id: ("rules", "absent", "tiers")."""

    path: tuple[Step, ...]
    value: Any


def edited(text: str, edits: Sequence[Edit], *, said: Sequence[str] = ()) -> str:
    """Return the TOML `text` with `edits` made and the lines `said` as comments above it.

    A list that the text leaves to the default (or its scene) is written out with it, since a policy file replaces
    lists whole. The text must be a valid policy; an edit of a rule that does not exist is KeyError.
    """
    document = tomlkit.parse(text)
    for edit in edits:
        if edit.path[0] == "rules" and "rules" not in document:
            document.append("rules", _below(text, "rules"))
        if edit.path[:2] == ("scorecard", "items"):
            _with_items(document, text)
        _put(document, edit.path, edit.value)
    above = "".join(f"# {line}\n" for line in said)
    return above + ("\n" if said else "") + tomlkit.dumps(document)


def _put(container: Any, path: Sequence[Step], value: Any) -> None:
    step, *rest = path
    if isinstance(container, AoT | list) and isinstance(step, str):
        step = next(place for place, item in enumerate(container) if item.get("id") == step)
    if not rest:
        container[step] = value
        return
    if isinstance(step, str) and step not in container:
        container[step] = tomlkit.table()
    _put(container[step], rest, value)


def _below(text: str, name: str) -> Any:
    """Return the section `name` as the scene's preset, or else the default, writes it."""
    scene = tomllib.loads(text).get("scene")
    for below in ([scene_text(scene)] if scene in scenes() else []) + [default_policy_text()]:
        document = tomlkit.parse(below)
        if name in document:
            return document[name]
    raise KeyError(name)


def _with_items(document: Any, text: str) -> None:
    """Write out the scorecard's lines where the text leaves them to what lies below."""
    if "scorecard" not in document:
        document["scorecard"] = tomlkit.table()
    if "items" not in document["scorecard"]:
        document["scorecard"]["items"] = _below(text, "scorecard")["items"]
