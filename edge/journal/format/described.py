"""The table of docs/journal.md: every kind of event, what it means and what it says, from the structs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime
from enum import EnumMeta
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from msgspec.structs import FieldInfo, fields

from edge.journal.format.body import EVENTS
from edge.journal.format.kinds import Event

_PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    datetime: "time",
    NoneType: "null",
}
_MOST_VALUES = 4


def table_of_kinds() -> Iterator[str]:
    """The lines of a Markdown table, one kind a line."""
    yield "| kind | what happened | what it says |"
    yield "|---|---|---|"
    for kind, event in EVENTS.items():
        said = "; ".join(_field(field) for field in fields(event))
        yield f"| `{kind}` | {_meaning(event)} | {said} |"


def _meaning(event: type[Event]) -> str:
    return " ".join((inspect.getdoc(event) or "").split())


def _field(field: FieldInfo) -> str:
    told = _type(field.type)
    told = told if field.required else f"{told.removesuffix(' or null')}, or absent"
    return f"`{field.encode_name}`: {told}"


def _type(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, UnionType):
        named = [_type(item) for item in inner if item is not NoneType]
        return " or ".join([*named, "null"] if NoneType in inner else named)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"table of {_type(inner[1])}"
    values = inner if origin is Literal else tuple(kind) if isinstance(kind, EnumMeta) else ()
    if 0 < len(values) <= _MOST_VALUES:
        return " or ".join(f"`{value}`" for value in values)
    return _PLAIN.get(kind) or str(kind.__name__)
