"""Reads the two hand-written word tables of this room.

A table is a readable TSV: kind, weight, topic, words separated by blanks; `#` starts a comment line. The topic is
for the human reader only. Every word may stand once, so that its meaning never depends on the order of lines.
"""

from enum import IntEnum
from importlib.resources import files
from typing import NamedTuple


class Kind(IntEnum):
    """What a word does to the feeling of the text it stands in (explained at the top of words_zh.tsv)."""

    POLAR = 0
    DEGREE = 1
    INTENSIVE = 2
    NEGATE = 3
    CONTRAST = 4
    WISH = 5
    QUESTION = 6
    SKIP = 7
    BREAK = 8
    FOLD = 9


class Entry(NamedTuple):
    """One word's part in the reckoning; the unit of `weight` depends on `kind`."""

    kind: Kind
    weight: float


def read_lexicon(name: str) -> dict[str, Entry]:
    """Return word → entry from the packaged table `name`.

    Raises ValueError naming the table, line and word when a row is malformed or a word stands twice: a broken
    table is a fault of the build, to be seen at once and not as a quietly worse answer.
    """
    words: dict[str, Entry] = {}
    table = files(__package__).joinpath(name).read_text(encoding="utf-8")
    for number, line in enumerate(table.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            kind, weight, _topic, listed = line.split("\t")
            entry = Entry(Kind[kind.upper()], float(weight))
        except (ValueError, KeyError) as fault:
            raise ValueError(f"{name}, line {number}: not kind, weight, topic, words") from fault
        for word in listed.split():
            if word in words:
                raise ValueError(f"{name}, line {number}: {word!r} stands twice")
            words[word] = entry
    return words
