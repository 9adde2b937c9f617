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
    """The analyser, and the phrases it must see as one word: in lower case (a quick look) and in any case."""

    analyzer: SentimentIntensityAnalyzer
    lower_phrases: re.Pattern[str]
    any_phrases: re.Pattern[str]


def _phrase_pattern(phrases: list[str]) -> str:
    """Return a pattern grouped by first word, which is tried once and not once for every phrase it begins."""
    rests: dict[str, list[str]] = {}
    # Longest first, since a pattern takes the first alternative that fits.
    for phrase in sorted(phrases, key=len, reverse=True):
        head, rest = phrase.split(" ", 1)
        rests.setdefault(head, []).append(re.escape(rest))
    groups = (f"{re.escape(head)} (?:{'|'.join(listed)})" for head, listed in sorted(rests.items()))
    return rf"\b(?:{'|'.join(groups)})\b"


@cache
def _reader() -> _Reader:
    listed = read_lexicon("words_en.tsv")
    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update({word: entry.weight for word, entry in listed.items()})
    # VADER spells an emoji out and often finds no feeling in the spelling ("pouting face"); ours stand for themselves.
    analyzer.emojis.update({word: f"{word} " for word in listed if not word.isascii()})
    pattern = _phrase_pattern([word.replace("_", " ") for word in listed if "_" in word])
    return _Reader(analyzer, re.compile(pattern), re.compile(pattern, re.IGNORECASE))


def _join(found: re.Match[str]) -> str:
    return found.group().replace(" ", "_")


def english_score(text: str) -> float:
    """Return the feeling of the text, -1 (worst) to 1 (best), 0 when no word of it carries feeling."""
    reader = _reader()
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    # Capitals are emphasis to VADER, so they are kept; the search that minds them is slow and runs only after a hit.
    if reader.lower_phrases.search(text.lower()):
        text = reader.any_phrases.sub(_join, text)
    return float(reader.analyzer.polarity_scores(text)["compound"])
