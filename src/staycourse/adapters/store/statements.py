"""SQL that is read where it lives: named statements of the .sql files beside this."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import BigInteger, BindParameter, TextClause, bindparam, text

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_OTHER = re.compile(r"^\{(\w+)\}$", re.MULTILINE)


@cache
def statements(name: str) -> dict[str, TextClause]:
    """Return the statements of `sql/<name>.sql` by the names that stand above them.

    A line `{other}` in one stands for the text of an earlier one. `:now` is whole microseconds in all of them, which
    PostgreSQL must be told; `:starts` is a list.
    """
    read = files("staycourse.adapters.store").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
    pieces = _NAME.split(read)[1:]
    bodies: dict[str, str] = {}
    for title, body in zip(pieces[::2], pieces[1::2], strict=True):
        bodies[title] = _OTHER.sub(lambda found: bodies[found[1]], body).strip().removesuffix(";")
    return {title: _typed(body) for title, body in bodies.items()}


def _typed(body: str) -> TextClause:
    typed: tuple[BindParameter[Any], ...] = (bindparam("now", type_=BigInteger), bindparam("starts", expanding=True))
    return text(body).bindparams(*(one for one in typed if f":{one.key}" in body))
