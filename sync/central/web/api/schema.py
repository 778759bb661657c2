"""The OpenAPI of the operations: schemas are made from the values themselves, no field is said twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sync.central.web.api.operations import Operation
from sync.central.web.api.problems import Problem

_REF = "#/components/schemas/{name}"
_PROBLEMS = {
    "401": "no token, or one that has ended",
    "403": "the token lacks the scope",
    "404": "not there, or out of the token's places",
    "422": "what was sent cannot be done or read",
    "429": "too many requests: Retry-After says when",
    "503": "the database does not answer",
}
_DESCRIPTION = """What the console shows and does, for programs.

Send `Authorization: Bearer gatepost_…` (`gatepost central token create`). A token sees and does what its
scopes say, within its places. Times are microseconds since 1970 UTC; byte strings are in base64. A POST
may carry an `Idempotency-Key`: repeated, it is answered as the first time. Problems are as RFC 9457 has
them, with a remedy.
"""


def openapi_of(app: FastAPI, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document at /api/openapi.json."""
    every = [*operations]
    kinds = [kind for item in every for kind in (item.answer, item.takes) if kind not in {None, bytes}]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    known = dict(zip(map(_name, [*kinds, Problem]), schemas, strict=True))
    for item in every:
        _describe(app, item, known)
    document: dict[str, Any] = get_openapi(
        title="Gatepost",
        version="1",
        summary="The operations centre",
        description=_DESCRIPTION,
        routes=[route for route in app.routes if getattr(route, "include_in_schema", False)],
    )
    held = document.setdefault("components", {})
    held.setdefault("schemas", {}).update(components)
    held["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    return document


def _describe(app: FastAPI, item: Operation, known: Mapping[str, Any]) -> None:
    """Give a route's part of the document what FastAPI cannot know: the values are not pydantic's."""
    [route] = [
        route
        for route in app.routes
        if getattr(route, "path", "") == item.path and item.method in getattr(route, "methods", ())
    ]
    problems = {
        status: {
            "description": words,
            "content": {"application/problem+json": {"schema": known[_name(Problem)]}},
        }
        for status, words in _PROBLEMS.items()
    }
    answered = {"description": "done", "content": {"application/json": {"schema": known[_name(item.answer)]}}}
    extra: dict[str, Any] = {
        "responses": {"200": answered, **problems},
        "description": f"Scope: `{item.act.value}`.",
    }
    if item.takes is bytes:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        extra["requestBody"] = {"required": True, "content": content}
    elif item.takes is not None:
        content = {"application/json": {"schema": known[_name(item.takes)]}}
        extra["requestBody"] = {"required": True, "content": content}
    route.openapi_extra = extra  # type: ignore[attr-defined]  # an APIRoute


def _name(kind: Any) -> str:
    return repr(kind)
