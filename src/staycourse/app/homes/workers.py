"""The names of workers and of their clocks in the store, and whether a worker is no more."""

from __future__ import annotations

import os
import socket

from staycourse.kernel import Clock, FixedClock, fresh_id


def worker_name() -> str:
    """Return a name of its own for a worker of this process: host, process, and what no other has."""
    return f"{_host()}:{os.getpid()}:{fresh_id()[:8]}"


def clock_name(clock: Clock) -> str:
    """Return the name of the clock that this process goes by: its machine's, or where it stands still, when."""
    return f"{_host()}={clock.now():%Y-%m-%dT%H:%M}" if isinstance(clock, FixedClock) else _host()


def of_machine(name: str) -> bool:
    """Say whether a clock's name is a machine's."""
    return "=" not in name


def ended(name: str) -> bool:
    """Say whether the process of the worker `name` is known to have ended: that can only be told of this host's.

    Of a number that another process was given since it cannot: then its lease runs out by itself.
    """
    host, _, rest = name.rpartition(":")[0].rpartition(":")
    if host != _host() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _host() -> str:
    return socket.gethostname()[:40]
