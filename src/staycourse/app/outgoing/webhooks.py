"""Webhooks of one home: who is told of what, and the courier that tells them.

The courier works beside care's ticks, never in them: what care does is written into the outbox by the store itself, and
a receiver that is slow or gone costs its own outbox time and nobody else's. One thread tells one receiver, in order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from staycourse.adapters.channels import Answer, Poster, is_public, secret_bytes, signature
from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import WEBHOOK_KINDS, Telling, Told, Webhook, WebhookBook
from staycourse.app.care.links import home_secret
from staycourse.app.homes.home import Home
from staycourse.app.homes.workers import worker_name
from staycourse.care import TransportFault
from staycourse.kernel import BadInput, StaycourseError, natural_id, worded

LOG = logging.getLogger("staycourse.webhooks")

WAITS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds to wait after each try that failed, the schedule of Standard Webhooks 1.0.0; after the last it is dead."""

JITTER: Final = 0.2
"""Each wait is longer by up to this share, so that what failed together does not come again together."""

AT_ONCE: Final = 50
"""How many tellings of one webhook are claimed at once."""

TOGETHER: Final = 8
"""How many receivers are told at one time."""

TIMEOUT_SECONDS: Final = 10.0
ROUND_SECONDS: Final = 20.0
"""How long a round may take; what is left by then is put back untried. Much shorter than a claim holds."""

GIVE_UP_AFTER: Final = 3
"""After so many failures in a row a receiver is left alone for a while, and the rest of the round is put back."""

REST: Final = (5, 15, 60, 300)
"""Seconds that a receiver rests, by how often in a row that was needed; the last from then on."""

OVERLAP: Final = timedelta(hours=24)
"""For how long a former secret signs too."""

MAX_BODY: Final = 256 * 1024

GONE: Final = 410
"""The answer that means: never again (RFC 9110, 15.5.11; Standard Webhooks 1.0.0)."""

PERMITTED_BY: Final = "STAYCOURSE_LOCAL_WEBHOOKS=1 permits it, for trying things out"
"""How the operator lets a webhook stay within the house."""

ONE_BY_ONE: Final = 0.5
"""Seconds between the rounds of a courier that has nothing to do."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just made, or given a new secret: `secret` is shown this once and kept nowhere."""

    webhook: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class Round:
    """What a round of the courier did."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


class Webhooks:
    """The webhooks of one open home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.book = WebhookBook(home.database)
        self._now: Callable[[], datetime] = home.settings.clock.now

    def add(self, tenant: str, url: str, kinds: Collection[str], *, actor: str = "") -> NewWebhook:
        """Tell `url` of `kinds` from now on; BadInput for a URL or kind that cannot be."""
        _check_url(url, local=self.home.settings.local_webhooks)
        if not self.home.settings.local_webhooks:
            _check_place(url)
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

    def replay(self, tenant: str, webhook: str, since: datetime | None = None) -> int:
        """Tell again what was given up and, with `since`, all that was told since then; return how many."""
        found = self.book.find(tenant, webhook, self._now())
        return self.book.replay(tenant, found.webhook, self._now(), since)

    def test(self, tenant: str, webhook: str) -> str:
        """Tell a webhook that this is a test, at once; return "" if it took it, what was wrong otherwise."""
        found = self.book.find(tenant, webhook, self._now())
        number = self.book.put_test(tenant, found.webhook, self._now())
        courier = Courier(self)
        claimed = self.book.claim(tenant, found.webhook, courier.worker, self._now(), 1, number)
        told = [courier.tell(tenant, found, one) for one in claimed]
        self.book.settle(tenant, found.webhook, courier.worker, told, self._now())
        return told[0].error if told else "another worker tells it just now"

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


class Courier:
    """Tells what is in the outbox. Several may work at once, in as many processes."""

    def __init__(self, webhooks: Webhooks, *, time_left: Callable[[], float] = time.monotonic) -> None:
        self.worker = worker_name()
        self._webhooks, self._book = webhooks, webhooks.book
        self._settings = webhooks.home.settings
        self._time = time_left
        self._poster = Poster(TIMEOUT_SECONDS, self._settings.local_webhooks, PERMITTED_BY)

    def round(self, tenant: str) -> Round:
        """Tell what is due, at most AT_ONCE things to each receiver."""
        done, now = Round(), self._settings.clock.now()
        waiting = self._book.waiting(tenant, now)
        if waiting:
            until = self._time() + ROUND_SECONDS
            with ThreadPoolExecutor(min(TOGETHER, len(waiting)), "webhook") as together:
                for told in together.map(lambda one: self._one_receiver(tenant, one, until), waiting):
                    _count(done, told)
        return done

    def work(self, tenant: str, stopped: threading.Event) -> None:
        """Tell, round after round, until `stopped`. A fault that may pass is logged, and the next round comes."""
        tidied = ""
        while not stopped.is_set():
            busy = False
            try:
                done = self.round(tenant)
                busy = done.delivered > 0
                today = self._settings.clock.now().date().isoformat()
                if today != tidied:
                    tidied = today
                    self._book.tidy(tenant, self._settings.clock.now())
            except StaycourseError as error:
                LOG.warning("webhooks: %s", error)
            if not busy:
                stopped.wait(ONE_BY_ONE)

    def tell(self, tenant: str, webhook: Webhook, telling: Telling) -> Told:
        """Post one telling and say what became of it; nothing is raised."""
        try:
            answer = self._post(tenant, webhook, telling)
        except TransportFault as fault:
            return self._failed(tenant, telling, str(fault), 0)
        except StaycourseError as error:
            return self._failed(tenant, telling, str(error), 0)
        except Exception as error:  # a fault of ours in one must not keep the others from being settled
            LOG.exception("webhook %s", webhook.webhook)
            return self._failed(tenant, telling, type(error).__name__, 0)
        if 200 <= answer.status < 300:
            return Told(telling.number)
        if answer.status == GONE:
            return Told(telling.number, f"answered {GONE} Gone: nothing is told any more")
        return self._failed(tenant, telling, str(answer.fault(permanent=False)), _seconds(answer.retry_after))

    def _one_receiver(self, tenant: str, webhook: Webhook, until: float) -> list[Told]:
        """Tell one receiver what is due, in order, until it fails again and again or the round is over."""
        clock, told, failures = self._settings.clock, [], 0
        claimed = self._book.claim(tenant, webhook.webhook, self.worker, clock.now(), AT_ONCE)
        for telling in claimed:
            if failures >= GIVE_UP_AFTER or self._time() >= until:
                told.append(Told(telling.number, tried=False))
                continue
            one = self.tell(tenant, webhook, telling)
            # Settled at once: killed after this, it is not told again.
            self._book.settle(tenant, webhook.webhook, self.worker, [one], clock.now())
            failures = failures + 1 if one.error else 0
            told.append(one)
            if one.error.startswith(f"answered {GONE}"):
                failures = GIVE_UP_AFTER
        self._book.settle(tenant, webhook.webhook, self.worker, [one for one in told if not one.tried], clock.now())
        self._note(tenant, webhook, told, failures)
        return told

    def _note(self, tenant: str, webhook: Webhook, told: Sequence[Told], failures: int) -> None:
        errors = [one.error for one in told if one.error]
        now = self._settings.clock.now()
        if errors and failures:
            LOG.warning("webhook %s: %s (%d of %d)", webhook.webhook, errors[-1], len(errors), len(told))
            rest = now + timedelta(seconds=REST[min(webhook.failures, len(REST) - 1)])
            gone = errors[-1].startswith(f"answered {GONE}")
            self._book.note(tenant, webhook.webhook, now, error=errors[-1],
                            rests_until=rest if failures >= GIVE_UP_AFTER else None, stopped=gone)  # fmt: skip
        elif told:
            self._book.note(tenant, webhook.webhook, now)

    def _post(self, tenant: str, webhook: Webhook, telling: Telling) -> Answer:
        _check_url(webhook.url, local=self._settings.local_webhooks)
        if len(telling.body) > MAX_BODY:
            raise BadInput(worded("more than {most} bytes", most=MAX_BODY), where="body")
        key, stamp = telling.key(tenant), int(self._settings.clock.now().timestamp())
        signed = [signature(secret, key, stamp, telling.body) for secret in self._webhooks.keys(tenant, webhook)]
        headers = {
            "content-type": "application/json",
            "user-agent": "staycourse",
            "webhook-id": key,
            "webhook-timestamp": str(stamp),
            "webhook-signature": " ".join(signed),
        }
        return self._poster.post(webhook.url, telling.body, headers, own=True)

    def _failed(self, tenant: str, telling: Telling, error: str, asked: float) -> Told:
        """Return when it is tried again: by the schedule with its jitter, not before the receiver asked for."""
        if telling.attempts >= len(WAITS):
            return Told(telling.number, error)
        part = int(natural_id(telling.key(tenant), telling.attempts)[:8], 16) / 0xFFFFFFFF
        seconds = max(WAITS[telling.attempts] * (1 + JITTER * part), min(asked, WAITS[-1]))
        return Told(telling.number, error, self._settings.clock.now() + timedelta(seconds=seconds))


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


def _count(done: Round, told: Sequence[Told]) -> None:
    for one in told:
        if one.tried:
            done.delivered += not one.error
            done.failed += bool(one.error and one.again is not None)
            done.dead += bool(one.error and one.again is None)


def _check_url(url: str, *, local: bool) -> None:
    """Refuse what is not https; where webhooks may stay on this machine (`local`), http too."""
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.scheme == "https" or (local and parts.scheme == "http"))
        good = good and parts.username is None and parts.password is None and url.isprintable() and len(url) <= 2000
    except ValueError:
        good = False
    if not good:
        mend = "give it as https://host/path"
        if url.startswith("http://"):
            mend = "give it as https://host/path; STAYCOURSE_LOCAL_WEBHOOKS=1 permits http, for trying things out"
        raise BadInput("is not an https address without a user", where="url", mend=mend)


def _check_place(url: str) -> None:
    """Refuse at once what no name needs to be resolved for: an IP address that is not of the public internet."""
    host = urlsplit(url).hostname or ""
    try:
        inside = not is_public(host)
    except ValueError:
        inside = host == "localhost"
    if inside:
        raise BadInput("is an address of this machine or a private network", where="url", mend=PERMITTED_BY)


def _seconds(retry_after: str) -> float:
    """Return the seconds that a Retry-After of the poster's asks for; 0 where it names none."""
    number = retry_after.removesuffix(" s")
    return float(number) if number.isdecimal() else 0.0


__all__ = ["WEBHOOK_KINDS", "Courier", "NewWebhook", "Round", "Webhook", "Webhooks", "courier_at_work", "tell_webhooks"]
