"""msgspec's knowledge of our records, gathered before there are threads.

msgspec takes a record apart the first time that one is read, and lets other threads run meanwhile: a second one that
reads the same record then finds half of it, and the process dies (a segmentation fault, msgspec 0.22).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

_KNOWN: set[type] = set()


def know_records() -> None:
    """Let msgspec take apart every record of ours that is loaded, once. To be called before threads are begun."""
    for record in _records(msgspec.Struct):
        if record not in _KNOWN:
            _KNOWN.add(record)
            try:
                msgspec.json.Decoder(record)
            except (TypeError, NameError):
                continue  # one that is never read from anything: it holds what no text can say


def _records(kind: type) -> Iterator[Any]:
    subclasses: list[Any] = kind.__subclasses__()
    for record in subclasses:
        if record.__module__.startswith("staycourse."):
            yield record
        yield from _records(record)
