"""Stopping when asked: what is under way is finished first."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stopping() -> threading.Event:
    """Return what is set when the process is asked to stop (SIGTERM, SIGINT)."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopped
