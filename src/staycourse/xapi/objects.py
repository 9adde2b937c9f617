"""What a statement is about: an activity, an agent, another statement, or a statement within it.

xAPI 1.0.3 part 2, section 2.4.4; xAPI 2.0, section 4.2.2.3.
"""

from __future__ import annotations

from typing import Any

from staycourse.kernel import worded
from staycourse.xapi import values
from staycourse.xapi.faults import BadStatement

INTERACTIONS: dict[str, tuple[str, ...]] = {
    "true-false": (), "choice": ("choices",), "fill-in": (), "long-fill-in": (), "matching": ("source", "target"),
    "performance": ("steps",), "sequencing": ("choices",), "likert": ("scale",), "numeric": (), "other": (),
}  # fmt: skip
"""The kinds of interaction (after SCORM's cmi.interactions), each with the lists of components that belong to it."""

LISTS = ("choices", "scale", "source", "target", "steps")


def check_activity(value: Any) -> None:
    """Accept an activity."""
    values.fields(value, _ACTIVITY, ("id",))


def check_reference(value: Any) -> None:
    """Accept a reference to a statement."""
    values.fields(value, _REFERENCE, ("objectType", "id"))


def check_definition(value: Any) -> None:
    """Accept the definition of an activity; one of an interaction says which kind it is."""
    values.fields(value, _DEFINITION)
    kind = value.get("interactionType")
    given = [name for name in ("correctResponsesPattern", *LISTS) if name in value]
    if kind is None and given:
        raise BadStatement(worded("must be given with {given}", given=given[0]), where="interactionType")


def _interaction(value: Any) -> None:
    if type(value) is not str or value not in INTERACTIONS:
        raise BadStatement(
            worded("must be one of {choices}, not {given}", choices=", ".join(INTERACTIONS), given=values.shown(value))
        )


def _components(value: Any) -> None:
    values.each(_component, value)
    names = [one["id"] for one in value]
    if len(set(names)) != len(names):
        raise BadStatement("the ids of a list must differ")


def _component(value: Any) -> None:
    values.fields(value, {"id": values.text, "description": values.language_map}, ("id",))


def _texts(value: Any) -> None:
    values.each(values.text, value)


def _uuid(value: Any) -> None:
    values.uuid(value)


_DEFINITION: dict[str, values.Check] = {
    "name": values.language_map,
    "description": values.language_map,
    "type": values.iri,
    "moreInfo": values.iri,
    "extensions": values.extensions,
    "interactionType": _interaction,
    "correctResponsesPattern": _texts,
    **dict.fromkeys(LISTS, _components),
}
_ACTIVITY: dict[str, values.Check] = {
    "objectType": values.named("Activity"),
    "id": values.iri,
    "definition": check_definition,
}
_REFERENCE: dict[str, values.Check] = {"objectType": values.named("StatementRef"), "id": _uuid}
