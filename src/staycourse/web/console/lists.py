"""What the lists of care share: their addresses, their pages, and what was asked of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlencode

from fastapi import Depends, Query

from staycourse.kernel import BadInput, Words, worded
from staycourse.web.console.reader import LONGEST_SEARCH, MOST_PAGES
from staycourse.web.console.today import Choice

Asked = Annotated[str, Query(max_length=LONGEST_SEARCH)]
"""A text in the address of a list."""

PageAsked = Annotated[int, Query(ge=1, le=MOST_PAGES)]
"""The number of a page in the address of a list."""


@dataclass(frozen=True, slots=True)
class ListAsked:
    """What every list of care can be narrowed down by, and which page of it is asked for."""

    state: str
    owner: str
    search: str
    overdue: bool
    page: int


def asked_of_list(
    state: Asked = "", owner: Asked = "", search: Asked = "", overdue: bool | None = None, page: PageAsked = 1
) -> ListAsked:
    """Take it out of the address."""
    return ListAsked(state, owner, search.strip(), bool(overdue), page)


Narrowed = Annotated[ListAsked, Depends(asked_of_list)]


class Found(Protocol):
    """One page of what a desk found, and how many there are in each state at all."""

    @property
    def found(self) -> int: ...

    @property
    def page(self) -> int: ...

    @property
    def pages(self) -> int: ...

    @property
    def by_state(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page stands among the pages: in words, and the addresses of its neighbours and its own."""

    place: str
    pages: int
    newer: str
    older: str
    back: str


def check_state(state: str, states: Collection[str]) -> None:
    """Refuse a state that the list does not know; "" is no state."""
    if state not in ("", *states):
        raise BadInput(
            worded("there is no state {state!r}", state=state[:40]),
            where="state",
            mend=worded("one of {choices}", choices=", ".join(states)),
        )


def list_address(path: str, fields: Mapping[str, str | int]) -> str:
    """Return the address of a list with those of `fields` that say something."""
    kept = {name: value for name, value in fields.items() if value != ""}
    return f"{path}?" + urlencode(kept, errors="replace") if kept else path


def paging(found: Found, address: Callable[[int], str], words: Words) -> Paging:
    """Return where a page stands; `address` gives the address of a page by its number."""
    return Paging(
        place=words.t("console.pages.place", page=words.number(found.page), pages=words.number(found.pages)),
        pages=found.pages,
        newer=address(found.page - 1) if found.page > 1 else "",
        older=address(found.page + 1) if found.page < found.pages else "",
        back=address(found.page),
    )


def list_state(found: Found, *, narrowed: bool) -> str:
    """Return ready, no_match (where it was narrowed down), clear, or nothing (there never was anything)."""
    if found.found:
        return "ready"
    if not found.by_state:
        return "nothing"
    return "no_match" if narrowed else "clear"


def overdue_text(what: str, overdue: int, words: Words) -> str:
    """Return how many of `what` (alerts, advisors' tasks) are overdue, nothing for none."""
    return words.t(f"{what}.overdue.count", n=overdue, count=words.number(overdue)) if overdue else ""


def state_choices(
    counts: Mapping[str, int], chosen: str, names: Mapping[str, str], address: Callable[[str], str], words: Words
) -> tuple[Choice, ...]:
    """Return one choice for each state in `names` (with what it is called); the one that is chosen leads away again."""
    return tuple(
        Choice(
            address("" if state == chosen else state),
            state,
            called,
            words.number(counts.get(state, 0)),
            state == chosen,
        )
        for state, called in names.items()
    )
