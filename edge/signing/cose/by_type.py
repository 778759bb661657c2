"""Changes of plain values, built once from a type: where in it real numbers and instants lie. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from edge.signing.cose.scalars import Change
from edge.support.decoding import Undecodable

_LISTS = frozenset({list, tuple})
_ORDERED = frozenset({str, bytes, int})


@dataclass(frozen=True)
class Ways:
    """How values that hold no others are changed, and a set, by the change of its items."""

    leaves: Mapping[type[inspect.Type], Change]
    items_of_set: Callable[[Change | None], Change | None]


class Changes:
    """Builds the change of a type and of all types in it, where they hold what is changed.

    A struct may contain itself.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._structs: dict[type, Change] = {}

    def of(self, kind: inspect.Type) -> Change | None:
        change = self._ways.leaves.get(type(kind))
        match kind:
            case inspect.StructType():
                change = self._struct(kind)
            case inspect.VarTupleType() | inspect.ListType():
                change = over_items(self.of(kind.item_type))
            case inspect.SetType() | inspect.FrozenSetType():
                change = self._ways.items_of_set(self.of(kind.item_type))
            case inspect.TupleType():
                change = _over_places([self.of(item) for item in kind.item_types])
            case inspect.DictType():
                change = _over_values(self.of(kind.value_type))
            case inspect.UnionType():
                change = self._union(kind)
        return change

    def _struct(self, kind: inspect.StructType) -> Change:
        if kind.cls not in self._structs:
            changes: dict[Any, Change | None] = {}
            change = _over_places_of(changes) if kind.array_like else _over_fields(changes, _fields_of(kind))
            self._structs[kind.cls] = change
            for place, field in enumerate(kind.fields):
                each = self.of(field.type)
                if each is not None:
                    changes[place if kind.array_like else field.encode_name] = each
        return self._structs[kind.cls]

    def _union(self, kind: inspect.UnionType) -> Change | None:
        wanted = [item for item in kind.types if not isinstance(item, inspect.NoneType)]
        changes = [self.of(item) for item in wanted]
        if len(wanted) == 1 and changes[0] is not None:
            return _unless_null(changes[0])
        if not any(changes):
            return None
        tagged = [item for item in wanted if isinstance(item, inspect.StructType) and item.tag is not None]
        if len(tagged) < len(wanted):
            raise TypeError(f"nothing on the wire tells {kind} apart")
        return _by_tag(str(tagged[0].tag_field), {item.tag: self._struct(item) for item in tagged})


def _unless_null(each: Change) -> Change:
    return lambda value: None if value is None else each(value)


def over_items(each: Change | None) -> Change | None:
    """The change of a list by that of its items."""
    if each is None:
        return None
    return lambda value: [each(item) for item in value] if type(value) in _LISTS else value


def over_items_in_order(each: Change | None) -> Change:
    """The items of a set stand in order, each once: another order would be another encoding of it."""
    items = over_items(each)

    def change(value: Any) -> Any:
        if type(value) is not list:
            return value
        if not all(map(_precedes, value, value[1:])):
            raise Undecodable("a set that is not in order, or has an item twice")
        return value if items is None else items(value)

    return change


def _precedes(one: Any, other: Any) -> bool:
    kind = type(one)
    return kind is type(other) and kind in _ORDERED and bool(one < other)


def _over_values(each: Change | None) -> Change | None:
    if each is None:
        return None
    return lambda value: {key: each(item) for key, item in value.items()} if type(value) is dict else value


def _over_places(changes: list[Change | None]) -> Change | None:
    if not any(changes):
        return None
    return _over_places_of(dict(enumerate(changes)))


def _over_places_of(changes: dict[Any, Change | None]) -> Change:
    def change(value: Any) -> Any:
        if type(value) not in _LISTS:
            return value
        found = [changes.get(place) for place in range(len(value))]
        return [item if each is None else each(item) for each, item in zip(found, value, strict=True)]

    return change


def may_be_unset(field: inspect.Field) -> bool:
    """Whether a field's default is UNSET: then, and only then, it is left out."""
    given = (field.default, field.default_factory)
    return not field.required and all(item is msgspec.NODEFAULT for item in given)


def _fields_of(kind: inspect.StructType) -> int:
    """How many fields the map of a closed struct has at least: none may be left out but what is unset; 0
    where all may.
    """
    config = kind.cls.__struct_config__
    closed = config.forbid_unknown_fields and not config.omit_defaults
    needed = sum(not may_be_unset(field) for field in kind.fields)
    return needed + (kind.tag is not None) if closed else 0


def _over_fields(changes: dict[Any, Change | None], count: int) -> Change:
    def change(value: Any) -> Any:
        if type(value) is not dict:
            return value
        if len(value) < count:
            raise Undecodable(
                f"a map of {len(value)} fields in place of {count}, of which none may be absent"
            )
        if not changes:
            return value
        found = {name: each(value[name]) for name, each in changes.items() if each and name in value}
        return value | found if found else value

    return change


def _by_tag(name: str, structs: dict[Any, Change]) -> Change:
    def change(value: Any) -> Any:
        each = structs.get(value.get(name)) if type(value) is dict else None
        return value if each is None else each(value)

    return change
