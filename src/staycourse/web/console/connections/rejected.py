"""What the doors did not take in the last days: by which door and key, where in it, why, how often, and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from starlette.requests import Request

from staycourse.app.intake import DOORS, Rejection, key_book, rejected, rejected_by_door
from staycourse.kernel import Words
from staycourse.web.console.connections.doors import door_choices
from staycourse.web.console.connections.page import Action, ConnectionPage

SHOWN: Final = 100
"""Reasons that are shown at once, the newest; the filter by door shows further ones."""


@dataclass(frozen=True, slots=True)
class RejectionLine:
    """One reason. Without `what` it stands for further ones of its door."""

    door: str
    what: str
    mend: str
    field: str
    place: str
    key: str
    count: str
    last: str
    first: str


class RejectedPage(ConnectionPage):
    """What was not taken."""

    name: ClassVar[str] = "rejected"
    path: ClassVar[str] = "/connections/rejected"
    labels: ClassVar[Mapping[str, str]] = {}

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        counts = rejected_by_door(self.home)
        asked = request.query_params.get("door", "")
        asked = asked if asked in DOORS else ""
        names = {key.key_id: key.name for key in key_book(self.home).list(self.home.tenant)}
        rows = rejected(self.home, asked, SHOWN)
        there = counts.get(asked, 0) if asked else sum(counts.values())
        return {
            "doors": door_choices(counts, asked, self.path, words),
            "lines": [self._line(row, names, words) for row in rows],
            "more": words.t("connections.rejected.more", n=there - SHOWN) if there > SHOWN else "",
        }

    def actions(self) -> Mapping[str, Action]:
        return {}

    def _line(self, row: Rejection, names: Mapping[str, str], words: Words) -> RejectionLine:
        place = words.t("connections.rejected.all_of_it")
        if row.place >= 0:
            place = words.t("connections.rejected.place", place=words.number(row.place))
        return RejectionLine(
            words.t(f"connections.door.{row.door}"), words.told(row.what), words.told(row.mend), row.field,
            place, names.get(row.key, row.key), words.t("connections.unmapped.count", n=row.count,
            count=words.number(row.count)), self.moment(row.last, words), self.moment(row.first, words),
        )  # fmt: skip
