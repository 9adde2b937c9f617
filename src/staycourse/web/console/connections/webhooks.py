"""The webhooks: who is told of what, how it goes, a test, a new secret, and an end to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.requests import Request

from staycourse.app.outgoing import WEBHOOK_KINDS, Webhook, Webhooks
from staycourse.kernel import BadInput, Words
from staycourse.web.console.connections.page import Action, ConnectionPage, Given, Once, chosen, overlap_of


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """One receiver."""

    webhook: str
    url: str
    state: str
    kinds: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    error: str
    dead: int


class WebhooksPage(ConnectionPage):
    """The webhooks of the home."""

    name: ClassVar[str] = "webhooks"
    path: ClassVar[str] = "/connections/webhooks"
    labels: ClassVar[Mapping[str, str]] = {
        **{name: f"connections.webhooks.{name}" for name in ("url", "kinds")},
        "overlap": "connections.overlap",
    }

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        every = self._webhooks.every(self.home.tenant)
        return {"webhooks": [self._line(one, words) for one in every], "kinds": WEBHOOK_KINDS}

    def actions(self) -> Mapping[str, Action]:
        return {
            "add": self._add, "test": self._test, "stop": self._stop, "resume": self._resume, "rotate": self._rotate,
            "replay": self._replay, "remove": self._remove,
        }  # fmt: skip

    @property
    def _webhooks(self) -> Webhooks:
        return Webhooks(self.home)

    def _add(self, given: Given, actor: str) -> str | Once:
        url = given.get("url", "").strip()
        made = self._webhooks.add(self.home.tenant, url, chosen(given, "kind"), actor=actor)
        return Once("webhook", url, made.secret)

    def _test(self, given: Given, actor: str) -> str | Once:
        error = self._webhooks.test(self.home.tenant, given.get("webhook", ""))
        if error:
            raise BadInput(error, mend="look at the receiver, then test again")
        return "connections.tested"

    def _stop(self, given: Given, actor: str) -> str | Once:
        self._webhooks.stop(self.home.tenant, given.get("webhook", ""), actor=actor)
        return "connections.stopped"

    def _resume(self, given: Given, actor: str) -> str | Once:
        self._webhooks.stop(self.home.tenant, given.get("webhook", ""), again=True, actor=actor)
        return "connections.resumed"

    def _rotate(self, given: Given, actor: str) -> str | Once:
        made = self._webhooks.rotate(self.home.tenant, given.get("webhook", ""), overlap_of(given), actor=actor)
        return Once("webhook", made.webhook[:8], made.secret)

    def _replay(self, given: Given, actor: str) -> str | Once:
        self._webhooks.replay(self.home.tenant, given.get("webhook", ""), actor=actor)
        return "connections.told_again"

    def _remove(self, given: Given, actor: str) -> str | Once:
        self._webhooks.remove(self.home.tenant, given.get("webhook", ""), actor=actor)
        return "connections.webhook_removed"

    def _line(self, one: Webhook, words: Words) -> WebhookLine:
        facts = [
            ("delivered", words.number(one.delivered)),
            ("pending", words.number(one.pending)),
            ("dead", words.number(one.dead)),
            ("last_delivered", self.moment(one.last_delivered, words) or words.t("connections.webhooks.never")),
        ]
        if one.last_failed:
            facts.append(("last_failed", self.moment(one.last_failed, words)))
        if one.rests_until and one.rests_until > self.now and not one.stopped:
            facts.append(("rests_until", self.moment(one.rests_until, words)))
        return WebhookLine(
            one.webhook, one.url, one.state, tuple(words.t(f"connections.kind.{kind}") for kind in one.kinds),
            tuple((words.t(f"connections.webhooks.{name}"), value) for name, value in facts),
            words.told(one.last_error) if one.state != "ok" else "", one.dead,
        )  # fmt: skip
