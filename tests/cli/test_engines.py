"""Which engine a night runs on; what is not asked for is not loaded."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from small_platform import Run

from staycourse.kernel import BadSettings, read_settings


def test_the_command_loads_no_engine_that_nobody_asked_for() -> None:
    script = "import sys, staycourse.cli; print([name for name in ('pyspark', 'py4j', 'chdb') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_night_on_clickhouse_finds_what_one_on_duckdb_finds(run: Run, night_home: Path) -> None:
    first = run("risks", "--json")[1]
    (risks,) = night_home.glob("tenants/*/risks/*.parquet")
    risks.unlink()
    code, out, _ = run("nightly", "--engine", "clickhouse")
    assert (code, "60 open enrolments" in out) == (0, True)
    assert run("risks", "--json")[1] == first


@pytest.mark.parametrize(("engine", "module"), [("spark", "pyspark.errors"), ("clickhouse", "chdb")])
def test_what_is_not_installed_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, engine: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    code, _, errors = run("nightly", "--engine", engine)
    assert code == 2
    assert f"pip install 'staycourse[{engine}]'" in errors


@pytest.mark.parametrize("engine", ["duckdb", "clickhouse"])
def test_what_runs_inside_the_process_has_no_master(run: Run, engine: str) -> None:
    code, _, errors = run("nightly", "--engine", engine, "--master", "http://there:8123")
    assert code == 2 and "--master" in errors and f"{engine} runs inside this process" in errors


def test_the_environment_names_the_engine_and_its_master() -> None:
    told = read_settings({"STAYCOURSE_ENGINE": "spark", "STAYCOURSE_SPARK_MASTER": "spark://there:7077"})
    assert (told.engine, told.spark_master) == ("spark", "spark://there:7077")
    assert read_settings({}).engine == "duckdb"
    with pytest.raises(BadSettings, match="STAYCOURSE_ENGINE"):
        read_settings({"STAYCOURSE_ENGINE": "abacus"})


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none")
def test_a_spark_master_that_is_not_there_is_said_at_once(run: Run, events_file: Path) -> None:
    with socket.socket() as unheard:  # bound and never listening: whoever calls is refused
        unheard.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{unheard.getsockname()[1]}"
        assert run("import", "events", events_file)[0] == 0
        code, _, errors = run("nightly", "--engine", "spark", "--master", master)
    assert code == 2 and f"--master {master}" in errors and "no Spark master answers there" in errors
