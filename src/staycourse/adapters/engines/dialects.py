"""The only place that knows how the engines' SQL differs: what Ibis' own compilers lack. No expression names a dialect.

What else differs is a setting of the session (`clickhouse/session.py`, `spark/session.py`), not text.
"""

from __future__ import annotations

from typing import Any, ClassVar

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.sql.compilers import clickhouse, duckdb, pyspark
from ibis.backends.sql.compilers.base import SQLGlotCompiler


class _Spark(pyspark.PySparkCompiler):  # type: ignore[misc]
    """Spark, with BIT_OR, and without the questions after NaN.

    Ibis' compiler would ask every float for it, by settings that exist only once its whole backend is loaded. No value
    here is NaN: whatever might be 0 is made null before it divides.
    """

    SIMPLE_OPS: ClassVar[dict[Any, str]] = {ops.BitOr: "bit_or"}
    visit_Field = SQLGlotCompiler.visit_Field  # noqa: N815
    visit_IsNull = SQLGlotCompiler.visit_IsNull  # noqa: N815
    visit_NotNull = SQLGlotCompiler.visit_NotNull  # noqa: N815

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
        return None if dtype.is_floating() else super().visit_NonNullLiteral(op, value=value, dtype=dtype)


class _ClickHouse(clickhouse.ClickHouseCompiler):  # type: ignore[misc]
    """ClickHouse, which writes `bitCount` and knows no `bit_count`, and gives a digest as bytes."""

    def visit_HexDigest(self, op: Any, *, arg: Any, how: str) -> Any:  # noqa: N802
        digest = self.f.anon[how.upper()](arg)
        return self.f.anon.lower(self.f.anon.hex(digest))

    def __sql_name__(self, op: Any) -> str:
        name: str = super().__sql_name__(op)
        return {"bit_count": "bitCount"}.get(name, name)


_COMPILERS = {"duckdb": duckdb.compiler, "clickhouse": _ClickHouse(), "spark": _Spark()}


def compiled(expression: ir.Table, dialect: str) -> str:
    """Return the SQL of `expression` for duckdb, clickhouse or spark."""
    compiler = _COMPILERS[dialect]
    return str(compiler.to_sqlglot(expression.unbind()).sql(dialect=compiler.dialect))
