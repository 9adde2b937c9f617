"""How good or bad a Chinese text sounds, from the words in words_zh.tsv.

The text is cut greedily, longest listed word first, and read from left to right once. Chinese puts the modifier
before what it modifies, so a negation or a degree is simply held until the next polar word of the same clause.
"""

from functools import cache

from staycourse.feeling.lexicon import Entry, Kind, read_lexicon

REACH = 6
"""Characters over which a negation or a degree still belongs to the polar word that follows it."""

STRONGEST = 3.0
"""Most that heaped degrees can make of one word: 太太太好 is very good, and a page of 太 must not drown the rest."""

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
        self.sizes: dict[str, tuple[int, ...]] = {}
        for first in {word[0] for word in self.entries}:
            sizes = {len(word) for word in self.entries if word[0] == first}
            self.sizes[first] = tuple(sorted(sizes, reverse=True))


@cache
def _words() -> _Words:
    return _Words()


def _tokens(text: str) -> list[Token]:
    """Return the listed words of the text, leftmost and longest first, never overlapping."""
    words = _words()
    entry_of, sizes_of = words.entries.get, words.sizes.get
    found: list[Token] = []
    done = 0
    for start, first in enumerate(text):
        if start < done:
            continue
        for size in sizes_of(first, ()):
            end = start + size
            # Past the end a slice is shorter than asked, so it may be found again under its own size.
            entry = entry_of(text[start:end])
            if entry is not None and end <= len(text):
                found.append((start, end, entry[0], entry[1]))
                done = end
                break
    return found


class _Reading:
    """The running sum over one text, and the modifiers waiting for their word."""

    __slots__ = ("clause", "degree", "left", "negated", "reach", "total", "wish")

    def __init__(self) -> None:
        self.total = 0.0
        self.clause = 0.0
        self.wish = 1.0
        self.reach = 0
        self.negated = False
        self.degree = 1.0
        self.left = 0.0

    def drop_modifiers(self) -> None:
        """Forget what waits; a negation that found no word leaves its own feeling ("no reply")."""
        self.clause += self.left
        self.left = 0.0
        self.negated = False
        self.degree = 1.0

    def modify(self, token: Token) -> None:
        """Hold a negation (two of them cancel) or a degree until its polar word comes."""
        start, end, kind, weight = token
        if start > self.reach:
            self.drop_modifiers()
        if kind is Kind.NEGATE:
            self.negated = not self.negated
            self.left = min(self.left, weight)
        else:
            self.degree = min(self.degree * weight, STRONGEST)
        self.reach = end + REACH

    def add(self, token: Token) -> None:
        """Count one polar word with what stood before it."""
        start, _end, _kind, weight = token
        if start > self.reach:
            self.drop_modifiers()
        value = weight * self.degree
        if self.negated:
            value *= NEGATED_PRAISE if value > 0 else NEGATED_BLAME
        self.left = 0.0
        self.clause += value * self.wish if value > 0 else value
        self.drop_modifiers()

    def turn(self, token: Token) -> None:
        """Take a word that weighs a whole stretch: a break, "but", a wish, a question."""
        _start, _end, kind, weight = token
        self.drop_modifiers()
        if kind is Kind.WISH:
            self.clause += weight if self.wish == 1.0 else 0.0
            self.wish = AFTER_WISH
            return
        if kind is Kind.QUESTION:
            self.clause *= weight
        self.total += self.clause
        self.clause = 0.0
        if kind is Kind.CONTRAST:
            self.total *= weight
        if kind is Kind.BREAK and weight:
            self.wish = 1.0


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
    reading.drop_modifiers()
    return reading.total + reading.clause
