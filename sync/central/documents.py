"""Reads documents in columns that a newer version wrote: their words are kept, their other fields left out.

While a centre is updated, processes of two versions share the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from sync.central.newer import word_of

_ROWS = (list, tuple, frozenset, set)


def document_of(value: Any, kind: Any) -> Any:
    """`value`, as JSON has it, as a `kind`. Raises ValueError where it is none, of whatever version."""
    try:
        return _made(value, kind)
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from None


def _made(value: Any, kind: Any) -> Any:
    origin, of = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _made(value, of[0])
    if origin in {Union, UnionType} and len(of) == 2 and NoneType in of:
        inner = of[0] if of[1] is NoneType else of[1]
        return None if value is None else _made(value, inner)
    if origin in _ROWS and isinstance(value, list | tuple):
        return _row(value, origin, of)
    if origin in {dict, Mapping} and isinstance(value, Mapping):
        return {_made(name, of[0]): _made(each, of[1]) for name, each in value.items()}
    return _one(value, kind)


def _one(value: Any, kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
        return word_of(kind, value)
    if hasattr(kind, "__struct_fields__") or hasattr(kind, "__dataclass_fields__"):
        return _with_fields(value, kind)
    return msgspec.convert(value, kind)


def _row(value: list[Any] | tuple[Any, ...], origin: Any, of: tuple[Any, ...]) -> Any:
    is_fixed = origin is tuple and Ellipsis not in of
    kinds = of if is_fixed else of[:1] * len(value)
    return origin(_made(each, kind) for each, kind in zip(value, kinds, strict=not is_fixed))


def _with_fields(value: Any, kind: Any) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    names = [name for name in hints if not name.startswith("__")]
    held = value if isinstance(value, Mapping) else dict(zip(names, cast("list[Any]", value), strict=False))
    return kind(**{name: _made(held[name], hints[name]) for name in names if name in held})
