"""Addresses that a verb listens at."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from staycourse.app.homes import Home
from staycourse.kernel import StorageFault, as_wording, know_records, worded

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; StorageFault if it cannot. Whoever listens has loaded what it serves."""
    know_records()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StorageFault(
            worded("port {port} cannot be used: {why}", port=port, why=as_wording(error.strerror)),
            where="--port",
            mend="give another, or 0 for any free one",
        ) from None
    listening.listen(128)
    return listening


def figures_at(address: str, home: Home, *, shared: bool = False) -> AbstractContextManager[CollectorRegistry | None]:
    """Tell the figures of `home` at an address while the block runs; `shared`: those of several processes together."""
    # The web is loaded where somebody asks for figures: who is started anew is to be at work soon.
    from staycourse.web.metrics import metrics_address, told_metrics

    return told_metrics(metrics_address(address), home, shared=shared)
