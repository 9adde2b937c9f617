"""How good or bad an English text sounds: vaderSentiment, taught the course words of words_en.tsv.

Source: C. J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM 2014 (package vaderSentiment, MIT). It brings negation, degree, "but", capitals and emoji.
"""

import re
from functools import cache
from typing import NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from staycourse.feeling.lexicon import read_lexicon


class _Reader(NamedTuple):
    """The analyser, and the pattern of phrases it must see as one word."""

    analyzer: SentimentIntensityAnalyzer
    phrases: re.Pattern[str]


@cache
def _reader() -> _Reader:
    listed = read_lexicon("words_en.tsv")
    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update({word: entry.weight for word, entry in listed.items()})
    # VADER spells an emoji out and often finds no feeling in the spelling ("pouting face"); ours stand for themselves.
    analyzer.emojis.update({word: f"{word} " for word in listed if not word.isascii()})
    # Longest first, since a pattern takes the first alternative that fits.
    phrases = sorted((word.replace("_", " ") for word in listed if "_" in word), key=len, reverse=True)
    return _Reader(analyzer, re.compile(r"\b(?:" + "|".join(map(re.escape, phrases)) + r")\b", re.IGNORECASE))


def _join(found: re.Match[str]) -> str:
    return found.group().replace(" ", "_")


def english_score(text: str) -> float:
    """Return the feeling of the text, -1 (worst) to 1 (best), 0 when no word of it carries feeling."""
    reader = _reader()
    joined = reader.phrases.sub(_join, text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return float(reader.analyzer.polarity_scores(joined)["compound"])
