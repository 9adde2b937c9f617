"""What hot routes say of themselves in the OpenAPI 3.1 document: their schemas are made from the types they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from staycourse.web.api.problems import MEDIA_TYPE, Problem

PLACE: Final = "#/components/schemas/{name}"


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema (2020-12, as OpenAPI 3.1 has it) of a type, with what it refers to inside it."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template=PLACE)
    found: dict[str, Any] = _inlined(schema, parts)
    return found


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _inlined(value, parts) for name, value in schema.items()}


def content_of(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI content of media types and the types that are read or written in them."""
    return {media: {"schema": schema_of(kind)} for media, kind in kinds.items()}


def body_of(kind: Any) -> dict[str, Any]:
    """Return the OpenAPI request body of one JSON document."""
    return {"required": True, "content": content_of({"application/json": kind})}


_SAID: Final = {
    400: "It is no JSON, or not of the form.", 401: "No good key was shown.", 403: "The key is not for this.",
    408: "The body came too slowly.", 413: "More than is taken at once.", 415: "Of a form that is not read here.",
    422: "It does not fit; the problem names the field.", 429: "Too much just now: see Retry-After.",
    503: "The disk or the store failed, or the server has no connection left: see Retry-After.",
}  # fmt: skip

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": words, "content": content_of({MEDIA_TYPE: Problem})} for status, words in _SAID.items()
}
"""What every route may answer instead."""


def posted(
    summary: str, description: str, sent: Mapping[str, Any], answered: Any, refused: Any = None
) -> dict[str, Any]:  # fmt: skip
    """Return the OpenAPI operation of a hot route: what is sent (by media type), what is answered and refused."""
    responses: dict[str, Any] = {str(status): told for status, told in PROBLEMS.items()}
    responses["200"] = {"description": "Kept.", "content": content_of({"application/json": answered})}
    if refused is not None:
        responses["422"] = responses["422"] | {"content": content_of({"application/json": refused})}
    return {
        "summary": summary, "description": description, "tags": ["facts in"],
        "requestBody": {"required": True, "content": content_of(sent)}, "responses": responses,
    }  # fmt: skip
