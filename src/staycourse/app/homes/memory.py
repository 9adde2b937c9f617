"""How a process that serves settles its memory."""

from __future__ import annotations

import gc


def settle_memory() -> None:
    """Let the collector of cycles leave alone what stays for ever, and look seldom: batches hold no cycles, and looking
    for some in each would cost a quarter of reading them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
