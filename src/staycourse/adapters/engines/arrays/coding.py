"""Rows of several keys as rows of one whole number, by which groups and partners are found without sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from staycourse.adapters.engines.arrays.columns import Array

_MOST = 1 << 62
_WIDE = 1 << 30
"""Of a key with a wider range the values are listed."""

_EXACT = 1 << 53


@dataclass(frozen=True, slots=True)
class _Key:
    """The values that a key takes: whole numbers from `low` on, or else those that are `listed`, in order."""

    low: int
    span: int
    listed: Array | None = None

    @classmethod
    def of(cls, key: Array) -> _Key:
        if not len(key):
            return cls(0, 1)
        whole = key.dtype.kind != "f" or bool((np.floor(key) == key).all() and np.abs(key).max() < _EXACT)
        low = int(key.min()) if whole else 0
        span = int(key.max()) - low + 1 if whole else _WIDE + 1
        if span <= _WIDE:
            return cls(low, span)
        listed = np.unique(key)
        return cls(0, len(listed), listed)

    def places(self, key: Array) -> Array:
        """Return the place of each value, which is one of them."""
        if self.listed is not None:
            return np.searchsorted(self.listed, key)
        if key.dtype.kind == "f":
            key = key.astype(np.int64)
        found: Array = np.subtract(key, self.low, dtype=np.int64)
        return found

    def looked_up(self, key: Array) -> tuple[Array, Array]:
        """Return the place of each value, and whether it is one of them."""
        if self.listed is not None:
            at = np.minimum(np.searchsorted(self.listed, key), self.span - 1)
            return at, self.listed[at] == key
        at = self.places(key)
        there = (at >= 0) & (at < self.span)
        return at, there & (at + self.low == key) if key.dtype.kind == "f" else there


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
        found = self.keys[0].places(keys[0])
        for own, key in zip(self.keys[1:], keys[1:], strict=True):
            found *= own.span
            found += own.places(key)
        return found

    def looked_up(self, keys: Sequence[Array]) -> Array:
        """Return the numbers of any rows, -1 where those that it was made of had no such value."""
        found, there = self.keys[0].looked_up(keys[0])
        for own, key in zip(self.keys[1:], keys[1:], strict=True):
            at, its = own.looked_up(key)
            found = found * own.span + at
            there &= its
        return np.where(there, found, -1)
