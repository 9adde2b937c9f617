"""SQL that is read where it lives: named statements of the .sql files beside this."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from sqlalchemy import BigInteger, TextClause, bindparam, text

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(name: str) -> dict[str, TextClause]:
    """Return the statements of `sql/<name>.sql` by the names that stand above them.

    `:now` is whole microseconds in all of them; PostgreSQL must be told so.
    """
    read = files("staycourse.adapters.store").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
    pieces = _NAME.split(read)[1:]
    return {title: _typed(body) for title, body in zip(pieces[::2], pieces[1::2], strict=True)}


def _typed(body: str) -> TextClause:
    return text(body).bindparams(bindparam("now", type_=BigInteger)) if ":now" in body else text(body)
