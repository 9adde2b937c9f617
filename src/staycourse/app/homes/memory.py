"""How a process that serves, or goes over everyone, settles its memory."""

from __future__ import annotations

import atexit
import ctypes
import gc
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h (glibc)
_ASKED_APART: Final = 64 << 20
_KEPT: Final = 256 << 20


def settle_memory() -> None:
    """Let the collector of cycles leave alone what stays for ever, and look seldom: batches hold no cycles, and looking
    for some in each would cost a quarter of reading them."""
    gc.collect()
    gc.freeze()
    # At the end all is to be collected as ever: libraries that count then would report what is left as leaked.
    atexit.unregister(gc.unfreeze)
    atexit.register(gc.unfreeze)
    look_seldom()


def look_seldom() -> None:
    """Let the collector of cycles look for some a seventieth as often."""
    gc.set_threshold(50_000, 20, 50)


def keep_pages() -> None:
    """Let who does the same work every second keep up to a quarter GB of what it gives back, and not fetch the pages
    anew, each cleared. Where the C library knows no such thing, nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _ASKED_APART)
        mallopt(_TRIM_THRESHOLD, _KEPT)


def share_pages() -> None:
    """Let Arrow take its memory from the C library, as NumPy does: what the one gives back the other fills. Its own
    pool clears stretches of memory ahead, which a night pays for and never needs (decision 4)."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
