"""How good or bad a Chinese text sounds, from the words in words_zh.tsv.

The text is cut greedily, longest listed word first, and read from left to right once. Chinese puts the modifier
before what it modifies, so a negation or a degree is simply held until the next polar word of the same clause.
"""

import re
from collections.abc import Iterator
from functools import cache

from staycourse.feeling.lexicon import Entry, Kind, read_lexicon

REACH = 6
"""Characters over which a negation or a degree still belongs to the polar word that follows it."""

NEGATED_PRAISE = -0.8
"""Not good is nearly as bad as bad: factor on a positive word after a negation."""

NEGATED_BLAME = -0.5
"""Not bad is only half as good as good: factor on a negative word after a negation."""

AFTER_WISH = 0.1
"""What is left of praise that is wished for ("if only it were clear") and not given."""

Token = tuple[int, int, Kind, float]
"""Start, end (characters), kind and weight of one listed word in a text."""


class _Words:
    """The table, arranged for the scan."""

    def __init__(self) -> None:
        listed = read_lexicon("words_zh.tsv")
        self.folds = {ord(word[0]): word[1] for word, entry in listed.items() if entry.kind is Kind.FOLD}
        self.entries: dict[str, Entry] = {}
        for word, entry in listed.items():
            if entry.kind is not Kind.FOLD:
                self.entries[word] = entry
        self.lengths: dict[str, tuple[int, ...]] = {}
        for first in {word[0] for word in self.entries}:
            sizes = {len(word) for word in self.entries if word[0] == first}
            self.lengths[first] = tuple(sorted(sizes, reverse=True))
        self.starts = re.compile("[" + re.escape("".join(sorted(self.lengths))) + "]")


@cache
def _words() -> _Words:
    return _Words()


def _tokens(text: str) -> Iterator[Token]:
    """Yield the listed words of the text, leftmost and longest first, never overlapping."""
    words = _words()
    entries, lengths = words.entries, words.lengths
    done = 0
    for found in words.starts.finditer(text):
        start = found.start()
        if start < done:
            continue
        for size in lengths[text[start]]:
            entry = entries.get(text[start : start + size])
            if entry is not None and start + size <= len(text):
                done = start + size
                yield start, done, entry.kind, entry.weight
                break


class _Reading:
    """The running sum over one text, and the modifiers waiting for their word."""

    __slots__ = ("clause", "degree", "negated", "reach", "total", "wish")

    def __init__(self) -> None:
        self.total = 0.0
        self.clause = 0.0
        self.wish = 1.0
        self.reach = 0
        self.negated = False
        self.degree = 1.0

    def drop_modifiers(self) -> None:
        self.negated = False
        self.degree = 1.0

    def modify(self, token: Token) -> None:
        """Hold a negation (two of them cancel) or a degree until its polar word comes."""
        start, end, kind, weight = token
        if start > self.reach:
            self.drop_modifiers()
        if kind is Kind.NEGATE:
            self.negated = not self.negated
        else:
            self.degree *= weight
        self.reach = end + REACH

    def add(self, token: Token) -> None:
        """Count one polar word with what stood before it."""
        start, _end, _kind, weight = token
        if start > self.reach:
            self.drop_modifiers()
        value = weight * self.degree
        if self.negated:
            value *= NEGATED_PRAISE if value > 0 else NEGATED_BLAME
        self.clause += value * self.wish if value > 0 else value
        self.drop_modifiers()

    def turn(self, token: Token) -> None:
        """Take a word that weighs a whole stretch: a break, "but", a wish, a question."""
        _start, _end, kind, weight = token
        if kind is Kind.WISH:
            self.clause += weight if self.wish == 1.0 else 0.0
            self.wish = AFTER_WISH
            self.drop_modifiers()
            return
        if kind is Kind.QUESTION:
            self.clause *= weight
        self.total += self.clause
        self.clause = 0.0
        if kind is Kind.CONTRAST:
            self.total *= weight
        if kind is Kind.BREAK and weight:
            self.wish = 1.0
        self.drop_modifiers()


def chinese_score(text: str) -> float:
    """Return the feeling of the text: below zero is bad, above is good, one plain word is about 1. Never raises."""
    reading = _Reading()
    held: Token | None = None
    for token in _tokens(text.translate(_words().folds)):
        kind = token[2]
        if held is not None:
            # 好难: the word before touches this one, so it says how hard, and is no praise itself.
            touches = held[1] == token[0] and kind is Kind.POLAR
            if touches:
                reading.modify((held[0], held[1], Kind.DEGREE, 1.4))
            else:
                reading.add(held)
            held = None
        if kind is Kind.POLAR:
            reading.add(token)
        elif kind is Kind.INTENSIVE:
            held = token
        elif kind is Kind.NEGATE or kind is Kind.DEGREE:
            reading.modify(token)
        elif kind is not Kind.SKIP:
            reading.turn(token)
    if held is not None:
        reading.add(held)
    return reading.total + reading.clause
