"""Tests' folders in memory, where there is enough of it: half of the tests' time was waiting for the disk.

What is written is synced as on a disk, by the same calls; that a power cut would lose it matters to no test. Whoever
names a place (`--basetemp`, PYTEST_DEBUG_TEMPROOT) gets that. PostgreSQL spares the disk too (databases.py).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
ENOUGH = 3 << 30
"""Bytes that all tests' folders together stay well below: those of tests that passed are removed at once."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Let the folders of this run and of its processes be in memory."""
    if _free() >= ENOUGH and _available() >= 2 * ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _free() -> int:
    return shutil.disk_usage(MEMORY).free if os.access(MEMORY, os.W_OK) else 0


def _available() -> int:
    """Return how much memory could still be had (Linux: proc(5), meminfo)."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0
