"""What a process does about its memory must not depend on the C library."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from staycourse.app.homes.memory import keep_pages


def test_pages_are_kept_where_the_c_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda what, size: asked.append((what, size)))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    keep_pages()
    assert asked == [(-3, 64 << 20), (-1, 256 << 20)]


def test_nothing_is_done_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    keep_pages()


def test_a_process_that_settled_its_memory_says_nothing_when_it_ends() -> None:
    """What is left frozen is taken for leaked by a library that counts at the end: 111 functions, in the log."""
    code = "import duckdb; from staycourse.app.homes.memory import settle_memory; settle_memory(); settle_memory()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stderr == ""
