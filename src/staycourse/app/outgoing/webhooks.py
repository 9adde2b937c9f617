"""Webhooks of one home: who is told of what. The courier (staycourse.app.outgoing.courier) tells them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from staycourse.adapters.channels import secret_bytes
from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import WEBHOOK_KINDS, Delivery, Webhook, WebhookBook
from staycourse.app.care.links import home_secret
from staycourse.app.homes.home import Home
from staycourse.app.outgoing.addresses import check_place, check_url
from staycourse.app.outgoing.courier import ROUND_SECONDS, TIMEOUT_SECONDS, Courier, Round
from staycourse.kernel import BadInput, NotFound, worded

OVERLAP: Final = timedelta(hours=24)
"""For how long a former secret signs too."""

LOOK_AGAIN: Final = "look again in a moment"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just made, or given a new secret: `secret` is shown this once and kept nowhere."""

    webhook: str
    secret: str = field(repr=False)


class Webhooks:
    """The webhooks of one open home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.book = WebhookBook(home.database)
        self._now: Callable[[], datetime] = home.settings.clock.now

    def add(self, tenant: str, url: str, kinds: Collection[str], *, actor: str = "") -> NewWebhook:
        """Tell `url` of `kinds` from now on; BadInput for a URL or kind that cannot be."""
        check_url(url, local=self.home.settings.local_webhooks)
        if not self.home.settings.local_webhooks:
            check_place(url)
        unknown = sorted(set(kinds) - set(WEBHOOK_KINDS))
        if unknown or not kinds:
            what = (
                worded("there is no kind {name!r}", name=unknown[0][:40])
                if unknown
                else "a webhook is told of one kind at least"
            )
            raise BadInput(what, where="kinds", mend=worded("use some of {choices}", choices=", ".join(WEBHOOK_KINDS)))
        salt = secrets.token_hex(16)
        webhook = self.book.add(tenant, url, kinds, salt, self._now())
        self._audit(tenant, actor, "webhook.added", webhook, url=url, kinds=sorted(set(kinds)))
        return self._new(tenant, webhook, salt)

    def rotate(self, tenant: str, webhook: str, overlap: timedelta = OVERLAP, *, actor: str = "") -> NewWebhook:
        """Give a webhook a new secret; for `overlap` all is signed with the former one too."""
        found, now, salt = self.book.find(tenant, webhook, self._now()), self._now(), secrets.token_hex(16)
        self.book.rotate(tenant, found.webhook, salt, now + overlap)
        self._audit(tenant, actor, "webhook.rotated", found.webhook)
        return self._new(tenant, found.webhook, salt)

    def stop(self, tenant: str, webhook: str, *, again: bool = False, actor: str = "") -> None:
        """Tell a webhook nothing any more; with `again` it is told, and what has waited meanwhile."""
        found = self.book.find(tenant, webhook, self._now())
        self.book.stop(tenant, found.webhook, None if again else self._now())
        self._audit(tenant, actor, "webhook.resumed" if again else "webhook.stopped", found.webhook)

    def every(self, tenant: str) -> list[Webhook]:
        """Return the tenant's webhooks, the oldest first."""
        return self.book.every(tenant, self._now())

    def remove(self, tenant: str, webhook: str, *, actor: str = "") -> str:
        """Forget a webhook and what it is still to be told; return its id."""
        found = self.book.find(tenant, webhook, self._now())
        self.book.remove(tenant, found.webhook)
        self._audit(tenant, actor, "webhook.removed", found.webhook)
        return found.webhook

    def replay(
        self, tenant: str, webhook: str, since: datetime | None = None, only: int | None = None, *, actor: str = ""
    ) -> int:
        """Tell again what was given up and, with `since`, all that was told since then; with `only` that one thing.
        Return how many."""
        found = self.book.find(tenant, webhook, self._now())
        again = self.book.replay(tenant, found.webhook, self._now(), since, only)
        if only is not None and not again:
            raise NotFound("this is not in the outbox, or is being told just now", where="number", mend=LOOK_AGAIN)
        self._audit(tenant, actor, "webhook.replayed", found.webhook, count=again)
        return again

    def deliveries(
        self, tenant: str, webhook: str, states: Collection[str] = (), before: int | None = None, limit: int = 50
    ) -> tuple[Webhook, Sequence[Delivery]]:
        """Return a webhook and what it was told or is to be, the newest first; NotFound if there is none."""
        found = self.book.find(tenant, webhook, self._now())
        return found, self.book.deliveries(tenant, found.webhook, states, before, limit)

    def test(self, tenant: str, webhook: str) -> str:
        """Tell a webhook that this is a test, at once; return "" if it took it, what was wrong otherwise."""
        found = self.book.find(tenant, webhook, self._now())
        number = self.book.put_test(tenant, found.webhook, self._now())
        told = Courier(self).one(tenant, found, number)
        return told.error if told else "another worker tells it just now"

    def keys(self, tenant: str, webhook: Webhook) -> list[bytes]:
        """Return the keys that sign what `webhook` is told, the newest first."""
        return [secret_bytes(self._secret(tenant, webhook.webhook, salt), "webhook") for salt in webhook.salts]

    def _audit(self, tenant: str, actor: str, action: str, webhook: str, **details: Any) -> None:
        AuditLog(self.home.database).record(tenant, actor, action, at=self._now(), webhook=webhook, **details)

    def _new(self, tenant: str, webhook: str, salt: str) -> NewWebhook:
        return NewWebhook(webhook, self._secret(tenant, webhook, salt))

    def _secret(self, tenant: str, webhook: str, salt: str) -> str:
        """Return a secret: it follows from the home's own and a salt, so that a copied store does not tell it."""
        settings = self.home.settings
        own = settings.secret or home_secret(self.home.path)
        said = "\x1f".join(("staycourse.webhooks", tenant, webhook, salt)).encode()
        return "whsec_" + base64.b64encode(hmac.new(own.encode(), said, hashlib.sha256).digest()).decode()


@contextmanager
def courier_at_work(home: Home) -> Iterator[None]:
    """Let a courier tell beside whatever is done meanwhile; what it tells in the end is brought to its end."""
    stopped = threading.Event()
    courier = Courier(Webhooks(home))
    thread = threading.Thread(target=courier.work, args=(home.tenant, stopped), name="courier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(ROUND_SECONDS + TIMEOUT_SECONDS)


def tell_webhooks(home: Home) -> Round:
    """Tell what is due, once."""
    return Courier(Webhooks(home)).round(home.tenant)
