"""From a learner's text to one of three feelings."""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum

from staycourse.feeling.chinese import chinese_score
from staycourse.feeling.english import english_score

FEELING_VERSION = "1"
"""Goes up with any change of words or rules, so that stored feelings of different versions are never compared."""

MAX_CHARS = 2_000
"""Characters read of a text; the rest is ignored, so that one huge post cannot hold up the stream."""

CHINESE_FROM = 0.35
"""Least size of the Chinese score (one plain word is about 1) that is not neutral; chosen on the development split."""

ENGLISH_FROM = 0.05
"""Least size of the English score that is not neutral: the value the authors of VADER recommend."""

ENGLISH_IN_CHINESE = 2.0
"""Weight of an English stretch inside a Chinese text: "very good" (0.49) then counts as one plain Chinese word."""

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")
_NOT_LATIN = re.compile(r"[^\x00-\x7f]+")
# Control and format characters, variation selectors and lone surrogates: they split words and mean nothing here.
_NOISE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe0f\ufeff\ud800-\udfff]"
)


class Feeling(IntEnum):
    """What a text sounds like; the integer is what is stored and averaged."""

    NEGATIVE = -1
    NEUTRAL = 0
    POSITIVE = 1


def _clean(text: str) -> str:
    """Bound the length, join full-width and half-width forms, drop what cannot be read."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        # Folding forms can lengthen a text up to eighteen times, so it is bounded again.
        text = unicodedata.normalize("NFKC", text)[:MAX_CHARS]
    return _NOISE.sub("", text)


def _sign(score: float, least: float) -> Feeling:
    if score >= least:
        return Feeling.POSITIVE
    return Feeling.NEGATIVE if score <= -least else Feeling.NEUTRAL


def feel(text: str) -> Feeling:
    """Return how the text sounds. A text with any Han character is read as Chinese, any other as English.

    Same text, same answer; nothing is loaded from outside the package; no string raises. An empty text, or one
    without a word that carries feeling, is NEUTRAL. Measured accuracy: docs/decisions/0005-text-feeling.md.
    """
    text = _clean(text)
    if not _HAN.search(text):
        return _sign(english_score(text), ENGLISH_FROM)
    score = chinese_score(text.lower())
    if _LATIN_WORD.search(text):
        score += ENGLISH_IN_CHINESE * english_score(_NOT_LATIN.sub(" ", text))
    return _sign(score, CHINESE_FROM)


def feel_many(texts: Sequence[str]) -> list[Feeling]:
    """Return the feeling of each text, in order."""
    return [feel(text) for text in texts]
