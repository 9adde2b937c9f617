"""The vendored files are what VENDORED.md says, and they stay few."""

from __future__ import annotations

import hashlib
import re

from staycourse.web.rendering import STATIC

VENDOR = STATIC / "vendor"


def test_the_sums_are_those_written_down() -> None:
    rows = re.findall(r"(?m)^\| ([\w.-]+) \| .* \| ([0-9a-f]{64}) \|$", (VENDOR / "VENDORED.md").read_text("utf-8"))
    assert {name for name, _ in rows} == {
        path.name for path in VENDOR.iterdir() if path.is_file() and path.suffix != ".md"
    }
    for name, told in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == told, name


def test_they_are_small_together() -> None:
    assert sum(path.stat().st_size for path in VENDOR.rglob("*") if path.is_file()) < 2_500_000
