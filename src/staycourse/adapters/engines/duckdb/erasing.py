"""One learner's name out of the rollup. Their number stays, so that nobody else's changes and none is given twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from staycourse.adapters.engines.duckdb.session import DuckDBSession, parquet
from staycourse.adapters.engines.rollups import Rollups


def forget_name(rollup: Path, learner: str) -> int:
    """Blank `learner` in the numbered names of the tenant's `rollup` folder; return how many names that were.

    Call it after `roll_up` has followed the lake: the rows that bore the number are gone then. What a statement that
    was killed left half written is removed.
    """
    for left in rollup.rglob("*.unfinished"):
        left.unlink()
    shutil.rmtree(rollup / "scratch", ignore_errors=True)
    Rollups(rollup).drop_together("learners")
    gone = 0
    with duckdb.connect() as connection:
        session = DuckDBSession(connection)
        for path in sorted((rollup / "names").glob("learners-*.parquet")):
            source = parquet([path])
            found = connection.execute(f"SELECT count(*) FROM {source} WHERE learner = $1", [learner]).fetchall()
            if found[0][0]:
                connection.execute(
                    "CREATE OR REPLACE TEMP TABLE kept AS SELECT learner_no, "
                    f"CASE WHEN learner = $1 THEN NULL ELSE learner END AS learner FROM {source}",
                    [learner],
                )
                session.write("SELECT * FROM kept ORDER BY learner_no", path)
                gone += 1
    return gone
