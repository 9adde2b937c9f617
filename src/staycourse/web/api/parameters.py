"""A route reads the query parameters that it documents, and refuses any other: a misspelt filter filters nothing."""

from __future__ import annotations

from typing import Final

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request

from staycourse.kernel import BadInput, worded
from staycourse.web.api.access import Reading


def only_known(request: Request, access: Reading) -> None:  # noqa: ARG001 (who may not read is told so first)
    """Refuse a query parameter that the route does not read; BadInput names it and those it does."""
    route = request.scope["route"]
    known = [field.alias for field in route.dependant.query_params] if isinstance(route, APIRoute) else []
    for name in request.query_params:
        if name not in known:
            mend = worded("use one of {choices}", choices=", ".join(known)) if known else "leave it out"
            raise BadInput(worded("there is no parameter {name!r} here", name=name[:60]), where=name[:60], mend=mend)


ONLY_KNOWN: Final = Depends(only_known)
"""What a router of GET routes depends on."""
