"""One page of a long list: narrow rows are counted and ordered by an index, names and titles joined to the page's own.

Among a million rows a page by number, however deep, so costs a walk along the index and as many rows as it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, literal_column, select

from staycourse.adapters.store.lines import with_names


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a table that are `wanted`, known by their `key` (beside the tenant), in an `order`."""

    tenant: str
    key: ColumnElement[str]
    wanted: Sequence[ColumnElement[bool]]
    order: Sequence[ColumnElement[Any]]

    def count(self, connection: Connection) -> int:
        """Return how many rows there are."""
        return int(connection.scalar(self._keys(func.count())) or 0)

    def page(self, connection: Connection, page: int, per_page: int) -> Sequence[RowMapping]:
        """Return one page of them, whole, with the learners' names and the courses' titles."""
        table: Any = self.key.table
        keys = self._keys(self.key).order_by(*self.order).limit(per_page).offset((page - 1) * per_page)
        asked = with_names(table).where(table.c.tenant == self.tenant, self.key.in_(keys.correlate(None)))
        return connection.execute(asked.order_by(*self.order)).mappings().all()

    def _keys(self, what: Any) -> Select[Any]:
        table: Any = self.key.table
        return select(what).select_from(table).where(table.c.tenant == self.tenant, *self.wanted)


def stated(column: ColumnElement[str], words: Iterable[str]) -> ColumnElement[bool]:
    """Return that a column holds one of some words of the house, written out as in the condition of an index: SQLite
    finds it by nothing else. Never for what somebody typed."""
    return column.in_([literal_column(f"'{word}'") for word in words])


def most_first(counted: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return how many there are of each name, the most first, of as many by name."""
    found: Counter[str] = Counter()
    for name, count in counted:
        found[str(name)] += int(count)
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
