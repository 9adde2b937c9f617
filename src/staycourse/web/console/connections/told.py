"""What one webhook was told and is still to be: each delivery with its tries, why the last one failed, and the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

from staycourse.app.outgoing import Delivery, Webhook, Webhooks
from staycourse.kernel import BadInput, Words
from staycourse.web.addresses import learner_address
from staycourse.web.console.connections.page import Action, ConnectionPage, Given, Once, whole_number
from staycourse.web.console.today import Choice

SHOWN: Final = 50
"""Deliveries on one page."""

STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "": (), "pending": ("pending", "claimed"), "delivered": ("delivered",), "dead": ("dead",),
}  # fmt: skip
"""What can be asked for, with the states of the outbox that it stands for."""

PLACES: Final = {"alert": "/alerts/", "message": "/deliveries/"}
"""Where the page of a thing is, by the first word of the kind."""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery."""

    number: int
    kind: str
    name: str
    learner: str
    learner_address: str
    address: str
    state: str
    facts: tuple[tuple[str, str], ...]
    error: str


class ToldPage(ConnectionPage):
    """The deliveries of one webhook; its forms are sent to it as well."""

    name: ClassVar[str] = "webhooks"
    template: ClassVar[str] = "told"
    path: ClassVar[str] = "/connections/webhooks/{webhook}"
    labels: ClassVar[Mapping[str, str]] = {}

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        asked = request.query_params.get("state", "")
        asked = asked if asked in STATES else ""
        webhook, rows = Webhooks(self.home).deliveries(
            self.home.tenant, request.path_params["webhook"], STATES[asked], _number(request), SHOWN + 1
        )
        here = self.path.format(webhook=webhook.webhook)
        last = rows[SHOWN - 1].number if len(rows) > SHOWN else None
        older = f"{here}?{urlencode({'state': asked, 'before': last})}" if last is not None else ""
        return {
            "webhook": webhook,
            "here": here + (f"?{urlencode({'state': asked})}" if asked else ""),
            "states": _choices(webhook, asked, here, words),
            "lines": [self._line(row, words) for row in rows[:SHOWN]],
            "older": older,
        }

    def actions(self) -> Mapping[str, Action]:
        return {"again": self._again}

    def back(self, given: Given) -> str:
        return self.path.format(webhook=quote(given.get("webhook", ""), safe=""))

    def _again(self, given: Given, actor: str) -> str | Once:
        number = whole_number(given, "number", 0)
        Webhooks(self.home).replay(self.home.tenant, given.get("webhook", ""), only=number, actor=actor)
        return "connections.one_told_again"

    def _line(self, row: Delivery, words: Words) -> DeliveryLine:
        facts: list[tuple[str, str]] = []
        if row.at:
            facts.append(("happened", self.moment(row.at, words)))
        if row.attempts:
            facts.append(("attempts", words.number(row.attempts)))
        if row.tried or row.settled:
            facts.append(("tried", self.moment(row.tried or row.settled, words)))
        if row.state == "pending" and row.due > self.now:
            facts.append(("due", self.moment(row.due, words)))
        place = PLACES.get(row.kind.partition(".")[0], "")
        return DeliveryLine(
            row.number, row.kind, words.t(f"connections.kind.{row.kind}"), row.learner,
            learner_address(row.learner) if row.learner else "",
            place + quote(row.subject, safe="") if place else "",
            "pending" if row.state == "claimed" else row.state,
            tuple((words.t(f"connections.told.{name}"), value) for name, value in facts), words.told(row.error),
        )  # fmt: skip


def _number(request: Request) -> int | None:
    """Return before which delivery the page begins, None for the newest."""
    asked = request.query_params.get("before", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
        raise BadInput("is no whole number", where="before", mend="follow the page's own links")
    return int(asked)


def _choices(webhook: Webhook, asked: str, here: str, words: Words) -> Sequence[Choice]:
    counts = {"pending": webhook.pending, "delivered": webhook.delivered, "dead": webhook.dead}
    return [
        Choice(
            f"{here}?{urlencode({'state': state})}" if state else here,
            state,
            words.t(f"connections.told.state.{state or 'all'}"),
            words.number(counts[state] if state else sum(counts.values())),
            state == asked,
        )
        for state in STATES
    ]
