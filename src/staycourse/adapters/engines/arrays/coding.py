"""Rows of several keys as rows of one whole number, by which groups and partners are found without sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array

_MOST = 1 << 62
_FEW = 1 << 31
"""Fewer numbers than these have 32 bits: they are made in a fifth of the time."""

_WIDE = 1 << 30
"""Of a key with a wider range the values are listed."""

_EXACT = 1 << 53


@dataclass(frozen=True, slots=True)
class _Key:
    """The values that a key takes: whole numbers from `low` on, or else those that are `listed`, in order."""

    low: int
    span: int
    listed: Array | None = None
    own: Array | None = None  # the places of the rows that it was made of, where they are listed

    @classmethod
    def of(cls, key: Array) -> _Key:
        if not len(key):
            return cls(0, 1)
        low, high = key.min(), key.max()
        whole = key.dtype.kind != "f" or bool(low > -_EXACT and high < _EXACT and (np.floor(key) == key).all())
        span = int(high) - int(low) + 1 if whole else _WIDE + 1
        if span <= _WIDE:
            return cls(int(low), span)
        words = pa.array(key).dictionary_encode()  # by hashes: of many rows few values are to be put in order
        listed, places = np.unique(words.dictionary.to_numpy(), return_inverse=True)
        return cls(0, len(listed), listed, places[words.indices.to_numpy()])

    def places(self, key: Array) -> Array:
        """Return the place of each value, which is one of them, if it is not listed."""
        kind = np.int32 if self.low >= -_FEW and self.low + self.span <= _FEW else np.int64
        found: Array = np.subtract(key, self.low, dtype=kind, casting="unsafe")
        return found

    def looked_up(self, key: Array) -> tuple[Array, Array]:
        """Return the place of each value, and whether it is one of them."""
        if self.listed is not None:
            at = np.minimum(np.searchsorted(self.listed, key), self.span - 1)
            return at, self.listed[at] == key
        with np.errstate(invalid="ignore"):  # what no whole number is becomes one that differs
            at = self.places(key)
        there = (at >= 0) & (at < self.span)
        return at, there if at.dtype == key.dtype else there & (at + at.dtype.type(self.low) == key)


@dataclass(frozen=True, slots=True)
class Coding:
    """One whole number below `size` for each row of keys, in the keys' order."""

    keys: Sequence[_Key]
    size: int

    @classmethod
    def of(cls, keys: Sequence[Array]) -> Coding | None:
        """Return the coding of rows of `keys`; None if there are more possible ones than numbers."""
        own = [_Key.of(key) for key in keys]
        size = prod(key.span for key in own)
        return cls(own, size) if size < _MOST else None

    def codes(self, keys: Sequence[Array]) -> Array:
        """Return the numbers of the rows that it was made of."""
        return self._numbers(
            [own.places(key) if own.own is None else own.own for own, key in zip(self.keys, keys, strict=True)]
        )

    def looked_up(self, keys: Sequence[Array]) -> Array:
        """Return the numbers of any rows, -1 where those that it was made of had no such value."""
        found = [own.looked_up(key) for own, key in zip(self.keys, keys, strict=True)]
        numbers = self._numbers([at for at, _ in found])
        numbers[~reduce(np.logical_and, [there for _, there in found])] = -1
        return numbers

    def _numbers(self, places: Sequence[Array]) -> Array:
        found: Array = places[0].astype(np.int32 if self.size < _FEW else np.int64, copy=False)
        for own, at in zip(self.keys[1:], places[1:], strict=True):
            found *= own.span
            np.add(found, at, out=found, casting="unsafe")
        return found
