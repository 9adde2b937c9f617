"""What Spark is asked to do before it reads: nothing, however many files there are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kinds import SMALL

from staycourse.adapters.engines.spark.session import SparkPlace
from staycourse.adapters.engines.spark.starting import started

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
]
FILES = 40
"""More than Spark lists by itself without being told."""


@pytest.fixture
def place(tmp_path: Path) -> SparkPlace:
    """Give a session of the driver that all local Spark engines of this process share."""
    return SparkPlace(started("local[2]", SMALL).newSession(), tmp_path / "scratch")


def test_many_files_are_found_without_a_task_for_each(place: SparkPlace, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.parquet" for number in range(FILES)]
    for number, file in enumerate(files):
        pq.write_table(pa.table({"number": pa.array([number], pa.int64())}), file)
    told = place.spark.sparkContext.statusTracker()
    before = set(told.getJobIdsForGroup())
    place.scan("numbers", files, {"number": "int64"})
    assert set(told.getJobIdsForGroup()) == before, "no job was started"
    assert place.fetch("SELECT sum(number) AS told FROM numbers")["told"].to_pylist() == [sum(range(FILES))]
