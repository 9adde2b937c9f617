"""What long workers tell on standard error under STAYCOURSE_LOG_FORMAT=json: JSON lines, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_platform import Run


def environment(home: Path, **more: str) -> dict[str, str]:
    told = {"STAYCOURSE_HOME": str(home), "STAYCOURSE_LANGUAGE": "en", "STAYCOURSE_LOG_FORMAT": "json"}
    return os.environ | told | more


@contextmanager
def at_work(home: Path, *verb: str) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "staycourse", *verb]
    with subprocess.Popen(arguments, env=environment(home), stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def told(line: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(line)
    return read


@pytest.mark.parametrize("verb", ["tick", "watch"])
def test_a_fault_of_a_worker_is_a_line_of_json(run: Run, tmp_path: Path, verb: str) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    assert run("--home", home, "compact")[0] == 0
    inbox.mkdir()
    (inbox / "a.csv").write_bytes(b"\xff\xfe\x00")
    if verb == "tick":
        with sqlite3.connect(home / "store.db") as store:
            store.execute("DROP TABLE journeys")
        store.close()
    more = [str(inbox), "--format", "events"] if verb == "watch" else ["--no-live"]
    with at_work(home, verb, "--every", "0.1", *more) as process:
        assert process.stderr is not None
        first = told(process.stderr.readline())
    assert first["level"] in ("error", "warning") and first["logger"].startswith("staycourse")
    assert ("journeys" if verb == "tick" else "UTF-8") in first["message"] and "staycourse: " not in first["message"]


def test_what_keeps_a_worker_from_beginning_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "RESTORE-IS-NOT-FINISHED").touch()
    for verb in ("tick", "compact", "serve-api", "serve", "serve-public", "nightly"):
        ended = subprocess.run(
            [sys.executable, "-m", "staycourse", verb], env=environment(tmp_path), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert "broke off" in told(ended.stderr)["message"], verb


def test_verbs_that_end_at_once_tell_their_faults_to_people(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "staycourse", "doctor"], env=environment(tmp_path / "none"), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2 and ended.stderr.startswith("staycourse: ")
