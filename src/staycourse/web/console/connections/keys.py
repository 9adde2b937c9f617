"""The keys of programs: issued with their secret shown once, rotated, revoked at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from starlette.requests import Request

from staycourse.app.intake import EVENTS_PER_SECOND, REQUESTS_PER_SECOND, SCOPES, ApiKey, key_book
from staycourse.kernel import BadInput, Words
from staycourse.web.console.connections.page import (
    Action,
    ConnectionPage,
    Given,
    Once,
    chosen,
    overlap_of,
    whole_number,
)  # fmt: skip

MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key."""

    key: str
    name: str
    state: str
    scopes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


class KeysPage(ConnectionPage):
    """The keys of the home's programs."""

    name: ClassVar[str] = "keys"
    path: ClassVar[str] = "/connections/keys"
    labels: ClassVar[Mapping[str, str]] = {
        **{name: f"connections.keys.{name}" for name in ("name", "scopes", "days", "events", "requests")},
        "overlap": "connections.overlap",
    }

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        lines = [self._line(key, words) for key in key_book(self.home).list(self.home.tenant)]
        return {
            "live": [one for one in lines if one.state == "live"],
            "gone": [one for one in lines if one.state != "live"],
            "scopes": SCOPES,
            "limits": (EVENTS_PER_SECOND, REQUESTS_PER_SECOND),
        }

    def actions(self) -> Mapping[str, Action]:
        return {"issue": self._issue, "rotate": self._rotate, "revoke": self._revoke}

    def _issue(self, given: Given, actor: str) -> str | Once:
        days = whole_number(given, "days", 0)
        if days > MOST_DAYS:
            raise BadInput("a key cannot last so long", where="days", mend="leave it out: it then has no end")
        name, now = given.get("name", ""), self.now
        issued = key_book(self.home).issue(
            self.home.tenant, name, chosen(given, "scope"), now, now + timedelta(days=days) if days else None,
            actor=actor, events_per_second=whole_number(given, "events", EVENTS_PER_SECOND),
            requests_per_second=whole_number(given, "requests", REQUESTS_PER_SECOND),
        )  # fmt: skip
        return Once("key", name.strip(), issued.text)

    def _rotate(self, given: Given, actor: str) -> str | Once:
        key = given.get("key", "")
        book = key_book(self.home)
        name = next((one.name for one in book.list(self.home.tenant) if one.key_id == key), key)
        issued = book.rotate(self.home.tenant, key, self.now, overlap_of(given), actor=actor)
        return Once("key", name, issued.text)

    def _revoke(self, given: Given, actor: str) -> str | Once:
        key_book(self.home).revoke(self.home.tenant, given.get("key", ""), self.now, actor=actor)
        return "connections.revoked"

    def _line(self, key: ApiKey, words: Words) -> KeyLine:
        facts = [
            ("created", self.moment(key.created, words)),
            ("used", self.moment(key.last_used, words) or words.t("connections.keys.never")),
            ("expires", self.moment(key.expires, words) or words.t("connections.keys.no_end")),
            ("rate", words.t("connections.keys.rates", events=words.counted("events", key.events_per_second),
                             requests=words.counted("requests", key.requests_per_second))),
        ]  # fmt: skip
        if key.revoked:
            facts[2] = ("revoked", self.moment(key.revoked, words))
        if key.former_until and key.former_until > self.now:
            facts.append(("former", self.moment(key.former_until, words)))
        told = tuple((words.t(f"connections.keys.{name}"), value) for name, value in facts)
        scopes = tuple(words.t(f"connections.scope.{scope}") for scope in SCOPES if scope in key.scopes)
        return KeyLine(key.key_id, key.name, key.state(self.now), scopes, told)
