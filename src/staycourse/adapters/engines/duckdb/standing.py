"""How a night's enrolments stand among their peers, for who moves among them by day."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import ibis
import pyarrow as pa

from staycourse.adapters.engines.statements import sql_of
from staycourse.signals import CATALOGUE, Signal, bases_of, counts, of_course, standings


def standings_of(signals: pa.Table, catalogue: Sequence[Signal] = CATALOGUE) -> pa.Table:
    """Return how the enrolments in a night's `signals` stand, as STANDING_COLUMNS; the courses by name."""
    wanted = [signal for signal in catalogue if signal.of]
    bases = bases_of(wanted)
    table = ibis.table({"course_no": "string", "course_day": "int32", **dict.fromkeys(bases, "float64")}, name="plain")
    plain = signals.select(["course", "course_day", *bases]).rename_columns(["course_no", "course_day", *bases])
    with duckdb.connect() as connection:
        connection.register("plain", plain)
        found = connection.sql(sql_of(standings(counts(table, wanted)), "duckdb")).to_arrow_table()
    return pa.concat_tables([found, *(_told_of(signals, one.name, found.schema) for one in of_course(catalogue))])


def _told_of(signals: pa.Table, name: str, schema: pa.Schema) -> pa.Table:
    """Return a signal that is the same of everyone in a course as a value that all of the course have, in no week."""
    known = signals.select(["course", name]).group_by("course").aggregate([(name, "max"), ([], "count_all")])
    value, everyone = known[f"{name}_max"], known["count_all"]
    columns = {
        "base": pa.repeat(name, known.num_rows), "course_no": known["course"].cast(pa.string()),
        "course_week": pa.repeat(0, known.num_rows), "of": value, "median": value,
        **dict.fromkeys(("equal", "up_to", "everyone"), everyone),
    }  # fmt: skip
    return pa.table({field.name: columns[field.name] for field in schema}).cast(schema)
