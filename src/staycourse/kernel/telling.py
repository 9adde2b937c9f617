"""Saying a wording in another language: by its template, and where that is lost by knowing the text again."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from staycourse.kernel.wording import Wording

LONGEST_KNOWN: Final = 1_000
"""Characters up to which a text is looked at for a template that made it."""

_DEEPEST: Final = 4
_LEAST_LETTERS: Final = 5
_MOST_JOINTS: Final = 6


class _Known(str):
    """A value as it stood in a text: written already, so that no conversion or format applies to it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def __format__(self, _spec: str) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A template taken apart: the pieces that stand fast, and the names of the values between them."""

    said: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]
    quoted: tuple[bool, ...]

    def values(self, text: str) -> dict[str, str] | None:
        """Return the values by which the template makes `text`, each as short as can be; None if it does not."""
        if not text.startswith(self.pieces[0]):
            return None
        found: dict[str, str] = {}
        at, end = len(self.pieces[0]), len(text) - len(self.pieces[-1])
        for place, name in enumerate(self.names):
            last = place == len(self.names) - 1
            stop = end if last else text.find(self.pieces[place + 1], at + 1, end)
            if stop <= at or (last and not text.endswith(self.pieces[-1])):
                return None
            if found.setdefault(name, text[at:stop]) != text[at:stop] or (self.quoted[place] and text[at] not in "'\""):
                return None
            at = stop + len(self.pieces[place + 1])
        return found


class Wordings:
    """The wordings of one language: English templates with what they are in it. English itself has none."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self._fast: dict[str, str] = {}
        shapes: list[_Shape] = []
        for template, said in known.items():
            if (shape := shape_of(template, said)) is None:
                self._fast[_folded(template)] = said
            elif _tells(shape):
                shapes.append(shape)
        self._shapes = sorted(shapes, key=lambda shape: -sum(map(len, shape.pieces)))

    def told(self, text: str, depth: int = _DEEPEST) -> str:
        """Return `text` in this language; as it is where it is not known."""
        said = self.known.get(text.template) if isinstance(text, Wording) else None
        if said is not None and isinstance(text, Wording):
            return said.format_map(_told(text.values, self, depth)) if text.values else said
        return self._recognised(str(text), depth) if self.known and depth and len(text) <= LONGEST_KNOWN else str(text)

    def _recognised(self, text: str, depth: int) -> str:
        """Say a text whose template is lost (it was written down, or a library said it): find one that makes it.

        What stands last in a line is looked for first, so that no template that ends in a value takes it for its own.
        """
        return (
            self._parted(text, " (", "{text} ({cause})", depth, end=")")
            or self._parted(text, "; ", "{text}; {mend}", depth)
            or self._whole(text, depth)
            or self._parted(text, ": ", "{where}: {text}", depth)
            or text
        )

    def _whole(self, text: str, depth: int) -> str:
        """Say a text that one template makes; "" if none does."""
        folded = _folded(text)
        if folded in self._fast:
            return self._fast[folded]
        for shape in self._shapes:
            values = shape.values(folded)
            if values is not None:
                said = {name: _Known(self.told(value, depth - 1)) for name, value in values.items()}
                return shape.said.format_map(said)
        return ""

    def _parted(self, text: str, by: str, joint: str, depth: int, end: str = "") -> str:
        """Say the two sides of a joint, at the first place where the second side is known; "" if there is none."""
        shape = shape_of(joint)
        if shape is None or joint not in self.known or not text.endswith(end):
            return ""
        first, found, second = text.removesuffix(end).partition(by)
        for _ in range(_MOST_JOINTS):
            if found and self._whole(second, 1):
                sides = zip(shape.names, (first, second), strict=True)
                return self.known[joint].format_map({name: self.told(side, depth - 1) for name, side in sides})
            more, found, second = second.partition(by)
            first = f"{first}{by}{more}"
        return ""


def _told(values: Mapping[str, object], wordings: Wordings, depth: int) -> dict[str, object]:
    """Return the values of a wording with the wordings among them said; all others as they are."""
    return {
        name: wordings.told(value, depth - 1) if isinstance(value, Wording) else value for name, value in values.items()
    }


def shape_of(template: str, said: str = "") -> _Shape | None:
    """Take a template apart, `said` so in the language; None where it has no values of ours (`{}` is none)."""
    try:
        parts = list(string.Formatter().parse(_folded(template)))
    except ValueError:
        return None
    names = [name for _, name, _, _ in parts if name is not None]
    quoted = tuple(conversion == "r" for _, name, _, conversion in parts if name is not None)
    if not names or not all(name.isidentifier() for name in names):
        return None
    return _Shape(said, tuple(_pieces(parts)), tuple(names), quoted)


def _pieces(parts: list[tuple[str, str | None, str | None, str | None]]) -> Iterator[str]:
    literal = ""
    for text, name, _, _ in parts:
        literal += text
        if name is not None:
            yield literal
            literal = ""
    yield literal


def _tells(shape: _Shape) -> bool:
    """Say whether a template has words enough of its own to be known by them."""
    return sum(letter.isalpha() for piece in shape.pieces for letter in piece) >= _LEAST_LETTERS


def _folded(text: str) -> str:
    """Return a text as libraries differ in writing it: a small letter first, and one kind of quotation mark."""
    return (text[:1].lower() + text[1:]).replace("`", "'")
