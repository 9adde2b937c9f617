"""What one policy says differently from another: field by field, lists by the names of their elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from staycourse.policy import Policy, Title

_NAMED = ("id", "name")
_TITLED = ("playbooks", "campaigns")
_MISSING = object()

Plain = bool | int | float | str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One field that differs: `field` as people read it (`rules.absent.when[0].at`), and what it was and is.

    `kind` is changed, added or removed; what is not a plain value is written as JSON. `title` is what the operator
    calls the playbook or campaign that the field is of.
    """

    field: str
    kind: str
    old: Plain | None
    new: Plain | None
    title: Title | None = None


def policy_changes(old: Policy, new: Policy) -> tuple[PolicyChange, ...]:
    """Return what `new` says differently from `old`, in the order of the policy's sections."""
    was, is_ = msgspec.to_builtins(old), msgspec.to_builtins(new)
    titles = {f"{kind}.{name}": one.title for policy in (old, new) for kind in _TITLED
              for name, one in getattr(policy, kind).items()}  # fmt: skip
    return tuple(
        replace(change, title=titles.get(".".join(change.field.split(".")[:2])))
        for name in was
        if name != "version"
        for change in _between(name, was[name], is_.get(name, _MISSING))
    )


def _between(field: str, old: Any, new: Any) -> Iterator[PolicyChange]:
    if old == new and type(old) is type(new):
        return
    if old is _MISSING or new is _MISSING:
        yield PolicyChange(field, "removed" if new is _MISSING else "added", _plain(old), _plain(new))
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from _between(f"{field}.{name}", old.get(name, _MISSING), new.get(name, _MISSING))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        yield from _lists(field, old, new)
    elif old != new:
        yield PolicyChange(field, "changed", _plain(old), _plain(new))


def _lists(field: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[PolicyChange]:
    before, after = _by_name(old), _by_name(new)
    if before is None or after is None:
        if len(old) == len(new) and any(isinstance(item, Mapping) for item in old):
            for place, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from _between(f"{field}[{place}]", one, other)
        else:
            yield PolicyChange(field, "changed", _plain(list(old)), _plain(list(new)))
        return
    yield from _between(field, before, after)
    order = [name for name in after if name in before]
    if order != [name for name in before if name in after]:
        yield PolicyChange(f"{field}.order", "changed", ", ".join(before), ", ".join(after))


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """Return the elements by what names them; None where they have no names, or not one each."""
    named = {_name(item): item for item in items}
    return named if len(named) == len(items) and "" not in named else None


def _name(item: Any) -> str:
    if not isinstance(item, Mapping):
        return ""
    if "signal" in item and "weight" in item:  # a line of the scorecard is what it asks
        return f"{item['signal']} {item['op']} {item['at']:g}"
    return next((str(item[key]) for key in _NAMED if key in item), "")


def _plain(value: Any) -> Plain | None:
    if value is _MISSING or value is None:
        return None
    return value if isinstance(value, bool | int | float | str) else msgspec.json.encode(value).decode()
