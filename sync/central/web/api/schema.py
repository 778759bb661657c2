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
them, with a remedy. Lists of words become longer: those of an answer are examples, what is sent is fixed.
"""
_MORE = "A newer version of the centre may say a word that is not here."


def openapi_of(app: FastAPI, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document at /api/openapi.json."""
    every = [*operations]
    takes = [item.takes for item in every if item.takes not in {None, bytes}]
    taken, components = _schemas(takes)
    answered, answers = _schemas([*(item.answer for item in every), Problem])
    names = {_REF.format(name=name): f"{name}Told" for name in _other(answers, components)}
    components |= {names.get(_REF.format(name=name), name): _told(answers[name], names) for name in answers}
    answered = _told(answered, names)
    for item in every:
        _describe(app, item, taken, answered)
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


def _schemas(kinds: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of each of these types, by its name; and the parts that they name."""
    every = [*kinds]
    schemas, components = msgspec.json.schema_components(every, ref_template=_REF)
    return dict(zip(map(_name, every), schemas, strict=True)), components


def _other(answers: Mapping[str, Any], takes: Mapping[str, Any]) -> set[str]:
    """The parts that are sent and told, and are another thing when they are told: lists, and what has one."""
    both = answers.keys() & takes.keys()
    found = {name for name in both if _told(answers[name], {}) != takes[name]}
    while more := {name for name in both - found if any(_has(answers[name], each) for each in found)}:
        found |= more
    return found


def _has(schema: Any, name: str) -> bool:
    return repr(_REF.format(name=name)) in repr(schema)


def _told(schema: Any, names: Mapping[str, str]) -> Any:
    """A schema of what is answered: the words of a list are those that this version knows. `names` are of
    parts that are also sent, by their address: what is told has another name.
    """
    if isinstance(schema, list):
        return [_told(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _told(each, names) for name, each in schema.items()}
    if told.get("$ref") in names:
        told["$ref"] = _REF.format(name=names[told["$ref"]])
    if "enum" in told:
        described = {"type": "string", "examples": told.pop("enum")}
        told |= described | {"description": " ".join(filter(None, [told.get("description"), _MORE]))}
    return told


def _describe(app: FastAPI, item: Operation, taken: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
    """Give a route's part of the document what FastAPI cannot know: the values are not pydantic's."""
    [route] = [
        route
        for route in app.routes
        if getattr(route, "path", "") == item.path and item.method in getattr(route, "methods", ())
    ]
    problems = {
        status: {
            "description": words,
            "content": {"application/problem+json": {"schema": answered[_name(Problem)]}},
        }
        for status, words in _PROBLEMS.items()
    }
    told = {"application/json": {"schema": answered[_name(item.answer)]}}
    extra: dict[str, Any] = {
        "responses": {"200": {"description": "done", "content": told}, **problems},
        "description": f"Scope: `{item.act.value}`.",
    }
    if item.takes is bytes:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        extra["requestBody"] = {"required": True, "content": content}
    elif item.takes is not None:
        content = {"application/json": {"schema": taken[_name(item.takes)]}}
        extra["requestBody"] = {"required": True, "content": content}
    route.openapi_extra = extra  # type: ignore[attr-defined]  # an APIRoute


def _name(kind: Any) -> str:
    return repr(kind)
