"""Risks of one night, a page or a learner at a time: by row group, so that a million rows cost what a thousand do."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.kernel import StorageFault

MOST_KNOWN: Final = 64
"""How many files' footers are remembered."""

GROUPS_AT_ONCE: Final = 16
"""How many row groups one page looks through: with a filter that little fits, a page may be short."""


@dataclass(frozen=True, slots=True)
class _Footer:
    mark: str
    metadata: Any
    firsts: list[str]
    lasts: list[str]


@dataclass(frozen=True, slots=True)
class RiskPage:
    """Some risks of one night. `seen` is the last row that was looked at, None at the end of the night."""

    rows: pa.Table
    seen: tuple[str, str] | None


class RiskReader:
    """Reads risk files that are sorted by learner and course. Safe for threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[Path, _Footer] = OrderedDict()
        self._turn = threading.Lock()

    def mark(self, place: Path) -> str:
        """Return what names this content of the file: another one where the night was run again; "" for no file."""
        try:
            found = place.stat()
        except FileNotFoundError:
            return ""
        return f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"

    def of_learner(self, place: Path, learner: str) -> pa.Table:
        """Return one learner's rows, by course."""
        with _reading(place):
            footer = self._footer(place)
            groups = range(bisect_left(footer.lasts, learner), bisect_right(footer.firsts, learner))
            with pq.ParquetFile(place, metadata=footer.metadata) as file:
                found = file.read_row_groups(list(groups), use_threads=False) if groups else _none(file)
        return found.filter(pc.equal(found["learner"], learner))

    def after(
        self, place: Path, after: tuple[str, str] | None, limit: int, fits: pc.Expression | None = None
    ) -> RiskPage:
        """Return at most `limit` rows that come after (learner, course) and fit, and where to go on."""
        with _reading(place):
            footer = self._footer(place)
            begin = bisect_left(footer.lasts, after[0]) if after else 0
            end = min(begin + GROUPS_AT_ONCE, len(footer.lasts))
            found: list[pa.Table] = []
            wanted, seen = limit, None
            with pq.ParquetFile(place, metadata=footer.metadata) as file:
                for number in range(begin, end):
                    group = _beyond(file.read_row_group(number, use_threads=False), after)
                    rows = group.filter(fits) if fits is not None else group
                    found.append(rows.slice(0, wanted))
                    if rows.num_rows > wanted:
                        return RiskPage(pa.concat_tables(found), _last(found[-1]))
                    wanted -= rows.num_rows
                    seen = _last(group) or seen
                    if not wanted:
                        break
                more = number + 1 < len(footer.lasts) if end > begin else False
                return RiskPage(pa.concat_tables(found) if found else _none(file), (seen or after) if more else None)

    def groups(self, place: Path) -> Iterator[pa.Table]:
        """Yield a whole file, row group by row group."""
        with _reading(place), pq.ParquetFile(place) as file:
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, use_threads=False)

    def _footer(self, place: Path) -> _Footer:
        mark = self.mark(place)
        with self._turn:
            known = self._known.get(place)
            if known is not None and known.mark == mark:
                self._known.move_to_end(place)
                return known
        metadata = pq.read_metadata(place)
        bounds = [metadata.row_group(number).column(0).statistics for number in range(metadata.num_row_groups)]
        kept = [(bound.min, bound.max) for bound in bounds if bound is not None and bound.has_min_max]
        footer = _Footer(mark, metadata, [first for first, _ in kept], [last for _, last in kept])
        with self._turn:
            self._known[place] = footer
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return footer


def _beyond(group: pa.Table, after: tuple[str, str] | None) -> pa.Table:
    """Leave the rows after (learner, course). Ids are sorted by their bytes, which is the order of code points."""
    if after is None:
        return group
    learner, course = group["learner"], group["course"]
    same = pc.and_(pc.equal(learner, after[0]), pc.greater(course, after[1]))
    return group.filter(pc.or_(pc.greater(learner, after[0]), same))


def _last(rows: pa.Table) -> tuple[str, str] | None:
    if not rows.num_rows:
        return None
    return rows["learner"][-1].as_py(), rows["course"][-1].as_py()


def _none(file: pq.ParquetFile) -> pa.Table:
    return file.schema_arrow.empty_table()


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """Turn what the disk says into a fault of the tree."""
    try:
        yield
    except (OSError, pa.ArrowException):
        raise StorageFault("the risks cannot be read", where=place.name, mend="run the night again") from None
