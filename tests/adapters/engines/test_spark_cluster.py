"""A night on a real cluster (a master and two workers as processes); one worker is killed while it computes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_platform import AS_OF, NOW, Run
from spark_cluster import Cluster, cluster, environment, until

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
]
MODEL = "[churn]\nhorizon_days = 7\n[model]\nminimum_outcomes = 10\nrounds = 40\n"


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with cluster(folder) as running:
        yield running


def _risks(home: Path) -> pa.Table:
    table = pq.read_table(home / "tenants" / "main" / "risks" / f"as_of={AS_OF}.parquet")
    return table.sort_by([("learner", "ascending"), ("course", "ascending")])


def test_a_worker_killed_in_the_middle_of_a_night_changes_nothing(
    run: Run, tmp_path: Path, events_file: Path, two_workers: Cluster
) -> None:
    here, there = tmp_path / "home", tmp_path / "copy"
    here.mkdir()
    (here / "policy.toml").write_text(MODEL)
    assert run("import", "events", events_file)[0] == 0
    assert run("nightly")[0] == 0
    shutil.copytree(here, there)
    (there / "tenants" / "main" / "risks" / f"as_of={AS_OF}.parquet").unlink()

    told = tmp_path / "told"
    command = [sys.executable, "-m", "staycourse", "--home", str(there), "nightly", "--engine", "spark", "--master",
               two_workers.master]  # fmt: skip
    with told.open("wb") as out:
        night = subprocess.Popen(
            command, stdout=out, stderr=out,
            env={**os.environ, **environment(two_workers.folder), "STAYCOURSE_NOW": NOW, "STAYCOURSE_LANGUAGE": "en"},
        )  # fmt: skip
    try:
        until(lambda: "signals" in told.read_text() or night.poll() is not None, "the step of the signals")
        before = two_workers.tasks(0)
        until(lambda: two_workers.tasks(0) > before or night.poll() is not None, "a task of the first worker")
        assert night.poll() is None, told.read_text()
        two_workers.kill(0)
        night.wait(600)
    finally:
        night.kill()
        night.wait()
    assert night.returncode == 0, told.read_text()
    assert two_workers.tasks(1) > 0
    assert _risks(there).equals(_risks(here))
    assert set(_risks(there)["basis"].to_pylist()) == {"model"}
    assert not list((there / "tenants" / "main" / "rollup" / "scratch").iterdir())
