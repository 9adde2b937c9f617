"""One connection to the servers, kept by a thread of its own, so that any thread may use it and wait for the answer."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

from staycourse.adapters.jetstream.address import StreamAddress
from staycourse.kernel import BadSettings, StorageFault

Answer = TypeVar("Answer")
SECONDS = 10.0
"""How long one question, or one append, may take: an election after a lost server takes some four seconds."""

AGAIN_SECONDS = 0.1
MEND = "see that a majority of the servers runs, then send it again"
_LOG = logging.getLogger(__name__)


class Link:
    """Connects when first used. Thread-safe. StorageFault where no answer comes in time."""

    def __init__(self, address: StreamAddress) -> None:
        self.address = address
        self._start = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: Any = None
        self._connecting: asyncio.Lock | None = None
        self._thread: threading.Thread | None = None

    def ask(self, question: Callable[[Any], Coroutine[Any, Any, Answer]], what: str) -> Answer:
        """Return the answer to `question`, which is given the JetStream context; asked again until one comes."""
        future = asyncio.run_coroutine_threadsafe(self._insist(question), self._running())
        try:
            return future.result(SECONDS + 1)
        except (FutureTimeout, TimeoutError) as error:
            future.cancel()
            raise StorageFault(what, where=self.address.shown, mend=MEND) from error

    def close(self) -> None:
        """Let the connection go."""
        with self._start:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        future = asyncio.run_coroutine_threadsafe(self._let_go(), loop)
        try:
            future.result(SECONDS)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(SECONDS)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._start:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._connecting = asyncio.Lock()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="jetstream", daemon=True)
                self._thread.start()
            return self._loop

    async def _insist(self, question: Callable[[Any], Awaitable[Answer]]) -> Answer:
        """Ask until there is an answer or the time is up: an election answers nobody, or tells to come again."""
        library = _library()
        failures = (library.errors.Error, OSError, asyncio.TimeoutError)
        loop = asyncio.get_running_loop()
        end = loop.time() + SECONDS
        while True:
            try:
                async with asyncio.timeout_at(end):
                    return await question((await self._connected(library)).jetstream(timeout=SECONDS / 4))
            except failures as error:
                if loop.time() + AGAIN_SECONDS >= end:
                    raise TimeoutError(str(error) or type(error).__name__) from error
                _LOG.debug("the log's servers did not answer: %s", type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _connected(self, library: Any) -> Any:
        assert self._connecting is not None  # noqa: S101 (made with the loop)
        async with self._connecting:
            if self._connection is None or self._connection.is_closed:
                connection = await library.connect(
                    list(self.address.servers), connect_timeout=2, reconnect_time_wait=0.2, max_reconnect_attempts=-1,
                    error_cb=_quiet, ping_interval=5, max_outstanding_pings=2,
                )  # fmt: skip
                try:
                    await _ensure_stream(connection.jetstream(timeout=SECONDS / 2), library, self.address)
                except BaseException:
                    await connection.close()
                    raise
                self._connection = connection
            return self._connection

    async def _let_go(self) -> None:
        if self._connection is not None:
            await self._connection.close()


async def _ensure_stream(context: Any, library: Any, address: StreamAddress) -> None:
    """Make the stream unless it is there: kept on disk until it is purged, refusing when full instead of forgetting."""
    try:
        await context.stream_info(address.stream)
    except library.js.errors.NotFoundError:
        api = library.js.api
        await context.add_stream(
            api.StreamConfig(
                name=address.stream, subjects=[f"{address.stream}.*"], storage=api.StorageType.FILE,
                retention=api.RetentionPolicy.LIMITS, discard=api.DiscardPolicy.NEW, num_replicas=address.replicas,
                duplicate_window=120,
            )
        )  # fmt: skip


def _library() -> Any:
    try:
        import nats
        import nats.errors
        import nats.js.api
        import nats.js.errors
    except ImportError:
        raise BadSettings(
            "the log is on NATS, and nats-py is not installed", where="STAYCOURSE_LOG",
            mend="pip install 'staycourse[nats]'",
        ) from None  # fmt: skip
    return nats


async def _quiet(error: Exception) -> None:
    """Say nothing of a server that is away: whoever asks is told when no other answers."""
    _LOG.debug("a server of the log is away: %s", type(error).__name__)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
