"""A home kept elsewhere and brought back, from the command line."""

from __future__ import annotations

from pathlib import Path

from small_platform import Run


def test_a_home_is_kept_elsewhere_and_brought_back(run: Run, events_file: Path, tmp_path: Path) -> None:
    assert run("import", "events", events_file)[0] == 0
    kept, new = tmp_path / "kept.tar", tmp_path / "new"
    code, out, error = run("backup", kept)
    assert (code, error) == (0, "") and out.startswith(f"{kept}: ") and "rows of the store" in out
    code, out, error = run("--home", new, "restore", kept)
    assert (code, error) == (0, "") and "Now run `staycourse doctor`" in out
    assert run("--home", new, "import", "events", events_file)[1] == "Imported before: nothing changed.\n"
    code, out, error = run("--home", new, "restore", kept)
    assert (code, out) == (2, "") and "the home is not empty" in error
    kept.write_bytes(kept.read_bytes()[:-30_000])
    code, out, error = run("--home", tmp_path / "newer", "restore", kept)
    assert (code, out) == (2, "") and "cut short or damaged" in error
