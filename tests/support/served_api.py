"""The API served for real on a free port of the loopback, in a thread of this process or as the verb in its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from staycourse.web.api.serving import api_config


@contextmanager
def served(app: Any, **settings: Any) -> Iterator[str]:
    """Serve an app until the block ends; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = api_config(app)
    config.lifespan = "off"
    for name, value in settings.items():
        setattr(config, name, value)
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
