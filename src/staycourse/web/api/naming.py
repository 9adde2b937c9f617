"""Ids in the paths of routes: a platform's id may hold any character, a slash and a line break too."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

Id = Annotated[str, Path(description="the platform's id, percent-encoded; it may hold any character")]

_KIND: Final = "id"


class _AnyText(Convertor[str]):
    """Starlette's own `path` stops at a line break, and its `str` at a slash."""

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def in_path(name: str) -> str:
    """Return the part of a route's path that takes an id under `name`; what follows it in the path is not the id's."""
    register_url_convertor(_KIND, _AnyText())
    return f"{{{name}:{_KIND}}}"
