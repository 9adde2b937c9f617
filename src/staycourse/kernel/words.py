"""Words, numbers and days as the reader's language writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from staycourse.kernel.errors import BadInput
from staycourse.kernel.money import Money
from staycourse.kernel.translation import Translator, translator

_MINUS = "\N{MINUS SIGN}"


class _Written(str):
    """A number as it is written, which can be asked for with its noun (see Translator)."""

    __slots__ = ("number", "words")
    number: float
    words: Words

    @classmethod
    def of(cls, number: float, words: Words) -> _Written:
        """Return `number` as `words` write it."""
        made = cls(words.number(number, 1))
        made.number, made.words = number, words
        return made

    def __format__(self, spec: str) -> str:
        return self.words.counted(spec, self.number) if spec else str(self)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language with its ways of writing numbers and days."""

    language: str
    translator: Translator
    locale: Locale

    def t(self, key: str, /, n: int | None = None, **values: object) -> str:
        """Return the message `key`; the bare pattern if a value it names was not given."""
        try:
            return self.translator.text(key, n, **values)
        except (KeyError, IndexError, ValueError):
            return self.translator.text(key)

    def counted(self, noun: str, number: float, digits: int = 1) -> str:
        """Return a number with its noun, such as 1 day or 2,5 days; what is not exactly one as it is shown is many."""
        return self.translator.counted(noun, one_or_many(number, digits), self.number(number, digits))

    def told(self, text: str) -> str:
        """Return the English wording of an error in this language (Translator.told)."""
        return self.translator.told(text)

    def named(self, family: str, name: str, part: str = "") -> str:
        """Return what `name` of a family (`cause`, `rule`, …) is called; the bare name if nobody has named it."""
        key = ".".join(piece for piece in (family, name, part) if piece)
        return self.t(key) if self.translator.has(key) else name.replace("_", " ")

    def number(self, value: float, digits: int = 0) -> str:
        """Return `value` with at most `digits` decimals, grouped as the language groups."""
        if not math.isfinite(value):
            return "–"
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=self.locale))

    def signed(self, value: float, digits: int = 2) -> str:
        """Return `value` with its sign always shown and all its decimals, so that a column of them aligns."""
        if not math.isfinite(value):
            return "–"
        pattern = "0." + "0" * digits
        text = str(format_decimal(abs(round(value, digits)), format=pattern, locale=self.locale))
        return (_MINUS if round(value, digits) < 0 else "+") + text

    def percent(self, share: float | None, digits: int = 0, *, aligned: bool = False) -> str:
        """Return a share of 0 to 1 in per cent; a dash if unknown. `aligned` keeps all decimals, for a column."""
        if share is None or not math.isfinite(share):
            return "–"
        pattern = "#,##0" + ("." + ("0" if aligned else "#") * digits if digits else "") + "%"
        return str(format_percent(round(share, digits + 2) + 0.0, format=pattern, locale=self.locale))

    def day(self, day: date) -> str:
        """Return a day in full, such as 12 Feb 2014 or 2014年2月12日."""
        return str(format_date(day, "d MMM y" if self.language == "en" else "long", locale=self.locale))

    def short_day(self, day: date) -> str:
        """Return a day without its year, for the axis of a chart."""
        return str(format_date(day, "d MMM" if self.language == "en" else "M月d日", locale=self.locale))

    def clock(self, instant: datetime) -> str:
        """Return the time of day of an instant, in the zone it carries."""
        return str(format_time(instant, "HH:mm", tzinfo=instant.tzinfo, locale=self.locale))

    def money(self, minor: int | None, currency: str | None) -> str:
        """Return an amount with its currency; nothing if either is unknown or no such currency exists."""
        if minor is None or not currency:
            return ""
        try:
            return Money(minor, currency).format(str(self.locale))
        except BadInput:
            return ""

    def filled(self, key: str, values: Mapping[str, float | int | str]) -> str:
        """Return a message whose numbers are written as the language writes them; names with `share` are per cents."""
        count = values.get("n")
        said = {name: self._value(name, value) for name, value in values.items() if name != "n"}
        return self.t(key, n=count if isinstance(count, int) else None, **said)

    def _value(self, name: str, value: float | int | str) -> str:
        if isinstance(value, str):
            return value
        if "share" in name:
            return self.percent(float(value), 1)
        return _Written.of(value, self)


def one_or_many(number: float, digits: int = 0) -> int:
    """Return the `n` of a message about a number that is shown with so many decimals: 1 or, for every other, 2."""
    return 1 if math.isfinite(number) and abs(round(number, digits)) == 1 else 2


def words_of(language: str) -> Words:
    """Return the words of `language` (one of kernel.LANGUAGES)."""
    return Words(language, translator(language), Locale.parse(language.replace("-", "_")))
