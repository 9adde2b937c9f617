"""Money is a whole number of a currency's minor units (fen, cents), never a float."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_currency, get_currency_precision, list_currencies

from staycourse.kernel.errors import BadInput
from staycourse.kernel.wording import worded


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in the minor units of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in list_currencies():
            raise BadInput(
                worded("there is no currency {currency!r}", currency=self.currency[:12]),
                mend="use an ISO 4217 code such as CNY",
            )

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise BadInput(
                worded("cannot add {currency} to {other}", currency=other.currency, other=self.currency),
                mend="convert first",
            )
        return Money(self.minor + other.minor, self.currency)

    def format(self, locale: str) -> str:
        """Return the amount as people of `locale` write it."""
        scale: int = 10 ** get_currency_precision(self.currency)
        return str(format_currency(self.minor / scale, self.currency, locale=locale))
