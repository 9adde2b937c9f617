"""What is known of a learner beside the events: the attributes file's row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from staycourse.events.record import Identifier, Label
from staycourse.events.validation import check_texts
from staycourse.kernel import BadInput, Money, worded, zone


class Learner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A learner's attributes; None means not known. Never used: gender, disability, religion, income.

    `paid_minor` is what was paid so far in the minor units of `currency`. `zone` is the learner's IANA time zone.
    `consent` is whether reaching out is allowed. `guardian` is the e-mail address of a minor's guardian. `birthday` is
    month and day (MM-DD).
    """

    learner: Identifier
    name: Label | None = None
    paid_minor: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    currency: Annotated[str, Meta(min_length=3, max_length=3)] | None = None
    joined_on: date | None = None
    country: Annotated[str, Meta(max_length=2)] | None = None
    zone: Annotated[str, Meta(max_length=64)] | None = None
    language: Annotated[str, Meta(max_length=16)] | None = None
    birth_year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    consent: bool | None = None
    guardian: Label | None = None
    birthday: Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] | None = None
    email: Annotated[str, Meta(max_length=320, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")] | None = None
    phone: Annotated[str, Meta(max_length=32, pattern=r"^\+?[0-9 ()-]{4,}$")] | None = None


def check_learner(learner: Learner, today: date) -> Learner:
    """Return `learner` if what it says can be so, whatever door it came through; BadInput names the field."""
    check_texts(learner, "learner")
    currency, where = learner.currency, learner.zone
    if learner.paid_minor is not None and currency is None:
        raise BadInput("an amount needs its currency", where="currency", mend="name it, such as CNY")
    if currency is not None:
        check_currency(currency)
    if where is not None:
        _named("zone", lambda: zone(where))
    if learner.country is not None and not (len(learner.country) == 2 and learner.country.isalpha()):
        raise BadInput(
            "a country is two letters (ISO 3166-1)", where="country", mend=worded("write it as {example}", example="DE")
        )
    if learner.birth_year is not None and learner.birth_year > today.year:
        raise BadInput(worded("{birth_year} lies in the future", birth_year=learner.birth_year), where="birth_year")
    return learner


def check_currency(code: str) -> None:
    """Refuse what is no currency's code, naming the field."""
    _named("currency", lambda: Money(0, code))


def _named(field: str, check: Callable[[], object]) -> None:
    try:
        check()
    except BadInput as error:
        raise BadInput(error.wording.what, where=field, mend=error.wording.mend) from None
