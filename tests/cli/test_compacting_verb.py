"""`staycourse compact` from the command line."""

from __future__ import annotations

import subprocess
import sys

from small_platform import Run


def test_a_compactor_is_at_work_without_loading_the_web() -> None:
    """Who is killed and started every few seconds on a busy machine must spend them on the log."""
    loaded = "import staycourse.cli.compacting, sys; print(sorted({'fastapi', 'starlette'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_figures_are_told_where_they_are_asked_for(run: Run) -> None:
    assert run("compact", "--metrics", "127.0.0.1:0")[0] == 0
    code, _, error = run("compact", "--metrics", "nowhere")
    assert code == 2 and "nowhere" in error
