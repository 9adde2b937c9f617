"""The audit of the locked versions: what could not be asked about is told as that, never as good."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
FINE = {"name": "one", "version": "1", "vulns": []}
BAD = {"name": "two", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
LOST = {"name": "three", "skip_reason": "Dependency not found on PyPI"}


def audited(folder: Path, answer: Any, beside: str = "") -> tuple[int, str, str]:
    """Return what the audit makes of a pip-audit that answers `answer`."""
    program = folder / "pip-audit"
    said = answer if isinstance(answer, str) else json.dumps({"dependencies": answer})
    program.write_text(f"#!{sys.executable}\nimport sys\nprint({said!r})\nsys.stderr.write({beside!r})\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    command = [sys.executable, str(ROOT / "tools" / "audit.py"), str(program), str(folder / "lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ([FINE], 0, "no advisory is known about the 1 locked packages"),
        ([FINE, BAD], 1, "two 2: PYSEC-1, mended in 2.1"),
        ([FINE, LOST], 3, "1 of 2 packages could not be looked up (Dependency not found on PyPI)"),
        ([BAD, LOST], 1, "1 of 2 packages could not be looked up"),
        ([], 3, "the lock names no package"),
    ],
)
def test_what_came_of_it_is_told(tmp_path: Path, answer: Any, code: int, words: str) -> None:
    found, out, errors = audited(tmp_path, answer)
    assert found == code and words in (errors if code else out)


def test_without_a_way_out_it_is_one_line_and_no_success(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File x\nrequests.exceptions.ConnectionError: no way out\n"
    code, out, errors = audited(tmp_path, "", trace)
    assert (code, out, errors.count("\n")) == (3, "", 1)
    assert "not audited" in errors and "no way out" in errors and "Traceback" not in errors


def test_without_the_program_it_is_one_line_and_no_success(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "audit.py"), str(tmp_path / "none"), "lock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and done.stderr.count("\n") == 1


def test_continuous_integration_takes_nothing_from_it() -> None:
    """It asks the world outside, so it is no part of what must be green anywhere; who releases runs it by itself."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "audit" not in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert not [line for line in makefile.splitlines() if line.startswith("test:") and "audit" in line]
