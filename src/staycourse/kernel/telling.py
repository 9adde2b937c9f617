"""Saying a wording in another language: by its template, and where that is lost by knowing the text again."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from staycourse.kernel.wording import Wording

LONGEST_KNOWN: Final = 2_000
"""Characters up to which a text is looked at for a template that made it."""

_DEEPEST: Final = 5
_LEAST_LETTERS: Final = 6
JOINTS: Final = ("{where}: {text}", "{text}; {mend}", "{text} ({cause})")
"""How an error is put together in one line; what is known by them is known part by part. The outermost first."""


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
            if found.setdefault(name, text[at:stop]) != text[at:stop]:
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
            elif template not in JOINTS and _tells(shape):
                shapes.append(shape)
        self._shapes = sorted(shapes, key=lambda shape: -sum(map(len, shape.pieces)))
        self._joints = [shape for one in JOINTS if one in known and (shape := shape_of(one, known[one])) is not None]

    def told(self, text: str, depth: int = _DEEPEST) -> str:
        """Return `text` in this language; as it is where it is not known."""
        said = self.known.get(text.template) if isinstance(text, Wording) else None
        if said is not None and isinstance(text, Wording):
            return said.format_map(_told(text.values, self, depth)) if text.values else said
        return self._recognised(str(text), depth) if self.known and depth and len(text) <= LONGEST_KNOWN else str(text)

    def _recognised(self, text: str, depth: int) -> str:
        """Say a text whose template is lost (it was written down, or a library said it): find one that makes it."""
        folded = _folded(text)
        if folded in self._fast:
            return self._fast[folded]
        for shapes, given in ((self._shapes, folded), (self._joints, text)):
            for shape in shapes:
                if (values := shape.values(given)) is not None:
                    return shape.said.format_map(
                        {name: _Known(self.told(value, depth - 1)) for name, value in values.items()}
                    )
        return text


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
    if not names or not all(name.isidentifier() for name in names):
        return None
    return _Shape(said, tuple(_pieces(parts)), tuple(names))


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
