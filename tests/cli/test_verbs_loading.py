"""Verbs are built when they are called: each can be, and none brings along what it does not need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_platform import Run

from staycourse.cli.verbs import VERBS, built
from staycourse.kernel import translator

HEAVY = {"ibis", "sqlglot", "pandas", "sqlalchemy", "fastapi", "pyarrow", "duckdb", "numpy", "lightgbm"}


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_that_is_listed_can_be_built(name: str) -> None:
    verb, say = built(name, translator("en")), translator("zh-CN")
    assert verb.name == name
    assert built(name, say).short_help == say.text(f"cli.{name.replace('-', '_')}.short")


def loaded(home: Path, *arguments: str) -> set[str]:
    """Return the heavy libraries that a call of the command line loads, in a process of its own."""
    code = f"""
import sys
from staycourse.cli import main
try:
    main({list(arguments)!r})
except SystemExit as stop:
    assert not stop.code, stop.code
print("loaded", *({HEAVY!r} & set(sys.modules)))
"""
    environment = os.environ | {"STAYCOURSE_HOME": str(home), "STAYCOURSE_LANGUAGE": "en"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_a_verb_loads_what_it_needs(tmp_path: Path) -> None:
    assert loaded(tmp_path, "--help") == set()
    assert loaded(tmp_path, "signals") <= {"numpy", "pyarrow"}
    assert not loaded(tmp_path, "keys", "list") & {"ibis", "sqlglot", "pandas", "fastapi", "lightgbm"}


def test_no_verb_s_help_loads_what_computes(tmp_path: Path) -> None:
    """All in one process, since each takes a second to begin."""
    helps = "for verb in VERBS:\n    try: main([verb, '--help'])\n    except SystemExit: pass\n"
    code = f"import sys\nfrom staycourse.cli import main\nfrom staycourse.cli.verbs import VERBS\n{helps}"
    told = f"print('loaded', *({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, check=True)
    found = set(done.stdout.splitlines()[-1].split()[1:])
    assert done.stdout.count("--home") >= len(VERBS)
    assert found <= {"sqlalchemy", "pyarrow", "numpy", "duckdb"}


def test_a_verb_misspelled_is_told_what_is_alike(run: Run) -> None:
    code, _, errors = run("keyz")
    assert code == 2 and "keys" in errors
