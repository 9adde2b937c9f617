"""The courier, who tells webhooks what is in the outbox.

It works beside care's ticks, never in them: what care does is written into the outbox by the store itself, and a
receiver that is slow or gone costs its own outbox time and nobody else's. One thread tells one receiver, in order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from staycourse.adapters.channels import AGAIN, Answer, Poster, signature
from staycourse.adapters.store.doors import Telling, Told, Webhook
from staycourse.app.homes.workers import worker_name
from staycourse.app.outgoing.addresses import PERMITTED_BY, check_url
from staycourse.care import TransportFault
from staycourse.kernel import BadInput, StaycourseError, natural_id, worded

if TYPE_CHECKING:
    from staycourse.app.outgoing.webhooks import Webhooks

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

MAX_BODY: Final = 256 * 1024

GONE: Final = 410
"""The answer that means: never again (RFC 9110, 15.5.11; Standard Webhooks 1.0.0)."""

ONE_BY_ONE: Final = 0.5
"""Seconds between the rounds of a courier that has nothing to do."""


@dataclass(slots=True)
class Round:
    """What a round of the courier did."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


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
            # Whether and when it is tried again stands beside it: not of what is given up by this try.
            said = fault.wording._replace(mend="") if fault.wording.mend == AGAIN else fault.wording
            return self._failed(tenant, telling, said.line(), 0)
        except StaycourseError as error:
            return self._failed(tenant, telling, str(error), 0)
        except Exception as error:  # a fault of ours in one must not keep the others from being settled
            LOG.exception("webhook %s", webhook.webhook)
            return self._failed(tenant, telling, type(error).__name__, 0)
        if 200 <= answer.status < 300:
            return Told(telling.number)
        if answer.status == GONE:
            return Told(telling.number, f"answered {GONE} Gone; nothing is told any more")
        return self._failed(tenant, telling, str(answer.fault(permanent=False)), _seconds(answer.retry_after))

    def one(self, tenant: str, webhook: Webhook, number: int) -> Told | None:
        """Tell one thing now and note how it went; None if another worker tells it."""
        now = self._settings.clock.now
        claimed = self._book.claim(tenant, webhook.webhook, self.worker, now(), 1, number)
        told = [self.tell(tenant, webhook, telling) for telling in claimed]
        self._book.settle(tenant, webhook.webhook, self.worker, told, now())
        self._note(tenant, webhook, told, sum(bool(one.error) for one in told))
        return told[0] if told else None

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
        check_url(webhook.url, local=self._settings.local_webhooks)
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


def _count(done: Round, told: Sequence[Told]) -> None:
    for one in told:
        if one.tried:
            done.delivered += not one.error
            done.failed += bool(one.error and one.again is not None)
            done.dead += bool(one.error and one.again is None)


def _seconds(retry_after: str) -> float:
    """Return the seconds that a Retry-After of the poster's asks for; 0 where it names none."""
    number = retry_after.removesuffix(" s")
    return float(number) if number.isdecimal() else 0.0
