"""Make the OULAD sample that ships in the package: whole module presentations, whole numbers, no personal attributes.

Usage: python tools/make_sample.py [FOLDER WITH THE FULL DATASET]
(default: $STAYCOURSE_SHARED_DATA/oulad, else ../shared/data/oulad).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

PRESENTATIONS = ("AAA-2013J", "AAA-2014J", "BBB-2014B", "EEE-2013J", "EEE-2014J", "GGG-2013J", "GGG-2014J")
"""Three modules of 2013 to learn from, one that ended in 2014 with many withdrawals, and their successors to watch."""

LIMIT = 4_500_000
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "staycourse" / "samples" / "oulad"

# Gender, region, education, deprivation band, age band and disability are left out: the product never uses them.
TABLES: dict[str, tuple[str, str]] = {
    "courses": (
        "code_module, code_presentation, module_presentation_length::smallint as module_presentation_length",
        "1, 2",
    ),
    "assessments": (
        "code_module, code_presentation, id_assessment::int as id_assessment, assessment_type, date::smallint as date, "
        "weight",
        "1, 2, 3",
    ),
    "vle": ("id_site::int as id_site, code_module, code_presentation, activity_type", "2, 3, 1"),
    "studentInfo": (
        "code_module, code_presentation, id_student::int as id_student, "
        "num_of_prev_attempts::tinyint as num_of_prev_attempts, studied_credits::smallint as studied_credits, "
        "final_result",
        "1, 2, 3",
    ),
    "studentRegistration": (
        "code_module, code_presentation, id_student::int as id_student, "
        "date_registration::smallint as date_registration, date_unregistration::smallint as date_unregistration",
        "1, 2, 3",
    ),
    "studentVle": (
        "code_module, code_presentation, id_student::int as id_student, id_site::int as id_site, "
        "date::smallint as date, sum_click::smallint as sum_click",
        "1, 2, 3, 5, 4, 6",
    ),
}


def main(arguments: list[str]) -> int:
    """Write the sample's tables and print their sizes; 1 if they are too large to ship."""
    shared = Path(os.environ.get("STAYCOURSE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    full = Path(arguments[0]) if arguments else shared / "oulad"
    connection = duckdb.connect()
    connection.execute("set threads = 1")  # the same file on every run
    chosen = ", ".join(f"'{name}'" for name in PRESENTATIONS)
    for table, (columns, order) in TABLES.items():
        place = f"{full}/{table}_ds/**/*.parquet" if table == "studentVle" else f"{full}/{table}.parquet"
        _write(
            connection,
            table,
            f"select {columns} from read_parquet('{place}', hive_partitioning=true) "
            f"where code_module || '-' || code_presentation in ({chosen}) order by {order}",
        )
    _write(
        connection,
        "studentAssessment",
        "select id_assessment::int as id_assessment, id_student::int as id_student, "
        f"date_submitted::smallint as date_submitted, is_banked::tinyint as is_banked, "
        f"score::smallint as score from '{full}/studentAssessment.parquet' "
        f"where id_assessment::int in (select id_assessment from '{TARGET}/assessments.parquet') order by 1, 2",
    )
    total = sum(file.stat().st_size for file in TARGET.glob("*.parquet"))
    print(f"{total:,} bytes in all, of {LIMIT:,}")
    return 0 if total < LIMIT else 1


def _write(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    target = TARGET / f"{table}.parquet"
    connection.execute(
        f"copy ({query}) to '{target}' "
        "(format parquet, parquet_version v2, compression zstd, compression_level 22, row_group_size 2000000)"
    )
    (rows,) = connection.execute(f"select count(*) from '{target}'").fetchone() or (0,)
    print(f"{table:20} {rows:>10,} rows {target.stat().st_size:>10,} bytes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
