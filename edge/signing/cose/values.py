"""Values as deterministic CBOR (RFC 8949, section 4.2.1), and back: all that is signed or hashed. PURE.

A struct is a map by the names of its fields (an array where it is `array_like`), a set is an array in order.
A closed struct (unknown fields are forbidden, defaults are not omitted) has all of its fields, but for those
whose default is UNSET: such a field came later, and older readers take what does not have it.
Two kinds of value are never left to a library, because two of them would write two things:

- an instant is an integer: microseconds since 1970 UTC, within `Microseconds`;
- a real number is a byte string: the 8 bytes of its IEEE 754 double, big-endian, finite. What CBOR calls a
  float has three widths, and libraries have chosen the wrong one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import isfinite
from typing import Any

import cbor2
import msgspec
from msgspec import inspect

from edge.errors import CredentialError
from edge.signing.cose.bounded_cbor import BEYOND, CborLimits, decode_cbor
from edge.signing.cose.fields import EARLIEST, LATEST
from edge.support.decoding import Undecodable

_DOUBLE = struct.Struct(">d")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AS_THEY_ARE = (bytes, datetime)
_UNLIKE = (
    cbor2.CBORDecodeError,
    msgspec.ValidationError,
    ValueError,
    OverflowError,
    TypeError,
    AttributeError,
)
"""What bytes raise that are not what was stored."""
_LISTS = frozenset({list, tuple})
_ORDERED = frozenset({str, bytes, int})

_Change = Callable[[Any], Any]
"""Puts real numbers and instants where the wire has bytes and integers (raises Undecodable), or back."""


def encode_value(value: Any) -> bytes:
    """`value` (a struct, or plain values) in its one encoding.

    Of a struct the type says what is a real number: 2 in such a field is written as 2.0 is. Raises ValueError
    for what no reader takes: a number that is not finite or an integer beyond 64 bits, a time without a zone,
    text that is no Unicode, a key that is no text.
    """
    plain = msgspec.to_builtins(value, builtin_types=_AS_THEY_ARE, order="deterministic")
    write = _writer(type(value)) if isinstance(value, msgspec.Struct) else _written
    return cbor2.dumps(plain if write is None else write(plain), canonical=True)


def decode_value(data: bytes | memoryview, kind: Any, limits: CborLimits, where: str = "") -> Any:
    """The `kind` in `data`; raises Undecodable for everything else, also for another encoding of it."""
    return value_decoder(kind, limits, where)(data)


def value_decoder(kind: Any, limits: CborLimits, where: str = "") -> Callable[[bytes | memoryview], Any]:
    """A reusable `decode_value`."""
    restore = _restorer(kind)

    def decode(data: bytes | memoryview) -> Any:
        try:
            plain = decode_cbor(bytes(data), limits)
            if restore is not None:
                plain = restore(plain)
            return msgspec.convert(plain, kind, builtin_types=_AS_THEY_ARE)
        except (CredentialError, msgspec.ValidationError) as error:
            raise Undecodable(f"not what is expected here: {error}", where=where) from None

    return decode


def known_decoder(kind: Any, where: str = "") -> Callable[[bytes], Any]:
    """A decoder of what `value_decoder` has read before, in a store of one's own: it looks again neither at
    the limits nor at the encoding, which takes half as long.
    """
    restore = _restorer(kind)

    def decode(data: bytes) -> Any:
        try:
            plain = cbor2.loads(data)
            if restore is not None:
                plain = restore(plain)
            return msgspec.convert(plain, kind, builtin_types=_AS_THEY_ARE)
        except _UNLIKE as error:
            raise Undecodable(f"not what is expected here: {error}", where=where) from None

    return decode


def readable_value(data: bytes, kind: Any, limits: CborLimits, where: str = "") -> Any:
    """What `data` says in plain values, with real numbers and times where `kind` has them.

    Nothing else of `kind` is insisted on: for people who look at what another version wrote. Raises
    Undecodable where it is not in the one encoding.
    """
    restore = _restorer(kind)
    try:
        plain = decode_cbor(data, limits)
    except CredentialError as error:
        raise Undecodable(f"not what is expected here: {error}", where=where) from None
    try:
        return plain if restore is None else restore(plain)
    except Undecodable:
        return plain


def double_bytes(number: float) -> bytes:
    """The 8 bytes by which a real number is written; raises ValueError where it is not finite."""
    if not isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return _DOUBLE.pack(number + 0.0)  # one zero: -0.0 is written as 0.0


def double_of(data: bytes) -> float:
    """The real number in its 8 bytes; raises Undecodable for any other bytes."""
    if len(data) != _DOUBLE.size:
        raise Undecodable(f"a real number of {len(data)} bytes, expected {_DOUBLE.size}")
    number: float = _DOUBLE.unpack(data)[0]
    if not isfinite(number) or double_bytes(number) != data:
        raise Undecodable(f"not a finite number in its one form: {data.hex()}")
    return number


def microseconds(instant: datetime) -> int:
    """`instant` (aware) in microseconds since 1970 UTC, or the nearest time that can be written."""
    return min(max((instant - _UNIX_EPOCH) // _MICROSECOND, EARLIEST), LATEST)


def instant(count: int) -> datetime:
    """The time (UTC) `count` microseconds after the beginning of 1970; raises Undecodable out of range."""
    if not EARLIEST <= count <= LATEST:
        raise Undecodable(f"{count} is no time: expected {EARLIEST} to {LATEST} microseconds since 1970")
    return _UNIX_EPOCH + timedelta(microseconds=count)


def _written(value: Any) -> Any:
    """Any plain value with instants and real numbers as they are written."""
    kind = type(value)
    if kind is dict:
        return {_key_written(key): _written(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_written(item) for item in value]
    write = _PLAINLY_WRITTEN.get(kind)
    return value if write is None else write(value)


def _key_written(key: Any) -> str:
    """`key`, which is text: of other kinds libraries do not agree on the order."""
    if type(key) is not str:
        raise ValueError(f"{key!r} is no text in place of a key")
    return key


def _double_written(value: float) -> bytes:
    try:
        return double_bytes(float(value))
    except OverflowError:
        raise ValueError(f"{value} is too large for a real number") from None


def _integer_written(value: Any) -> Any:
    if type(value) is int and not -BEYOND <= value < BEYOND:
        raise ValueError(f"{value} is beyond 64 bits with a sign")
    return value


def _instant_written(value: datetime) -> int:
    if value.tzinfo is None:
        raise ValueError(f"{value} names no time zone")
    return microseconds(value)


_PLAINLY_WRITTEN: dict[type, _Change] = {
    float: double_bytes,
    int: _integer_written,
    datetime: _instant_written,
}


# --- back: what the bytes and integers mean is told by the type --------------------------------


@cache
def _restorer(kind: Any) -> _Change | None:
    """What restores a value of `kind`; None where it holds neither real numbers nor instants."""
    leaves: dict[type[inspect.Type], _Change] = {inspect.FloatType: _real, inspect.DateTimeType: _instant}
    return _Changes(_Ways(leaves, _over_items_in_order)).of(inspect.type_info(kind))


@cache
def _writer(kind: Any) -> _Change | None:
    """What writes the real numbers and instants of a value of `kind`; None where it holds neither."""
    leaves: dict[type[inspect.Type], _Change] = {
        inspect.FloatType: _double_written,
        inspect.DateTimeType: _instant_written,
        inspect.IntType: _integer_written,
        inspect.AnyType: _written,
    }
    return _Changes(_Ways(leaves, _over_items)).of(inspect.type_info(kind))


@dataclass(frozen=True)
class _Ways:
    """How values that hold no others are changed, and a set, by the change of its items."""

    leaves: Mapping[type[inspect.Type], _Change]
    items_of_set: Callable[[_Change | None], _Change | None]


class _Changes:
    """Builds the change of a type and of all types in it, where they hold what is changed.

    A struct may contain itself.
    """

    def __init__(self, ways: _Ways) -> None:
        self._ways = ways
        self._structs: dict[type, _Change] = {}

    def of(self, kind: inspect.Type) -> _Change | None:
        change = self._ways.leaves.get(type(kind))
        match kind:
            case inspect.StructType():
                change = self._struct(kind)
            case inspect.VarTupleType() | inspect.ListType():
                change = _over_items(self.of(kind.item_type))
            case inspect.SetType() | inspect.FrozenSetType():
                change = self._ways.items_of_set(self.of(kind.item_type))
            case inspect.TupleType():
                change = _over_places([self.of(item) for item in kind.item_types])
            case inspect.DictType():
                change = _over_values(self.of(kind.value_type))
            case inspect.UnionType():
                change = self._union(kind)
        return change

    def _struct(self, kind: inspect.StructType) -> _Change:
        if kind.cls not in self._structs:
            changes: dict[Any, _Change | None] = {}
            change = _over_places_of(changes) if kind.array_like else _over_fields(changes, _fields_of(kind))
            self._structs[kind.cls] = change
            for place, field in enumerate(kind.fields):
                each = self.of(field.type)
                if each is not None:
                    changes[place if kind.array_like else field.encode_name] = each
        return self._structs[kind.cls]

    def _union(self, kind: inspect.UnionType) -> _Change | None:
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


def _real(value: Any) -> Any:
    return double_of(value) if isinstance(value, bytes) else _refuse(value, "a real number")


def _instant(value: Any) -> Any:
    return instant(value) if type(value) is int else _refuse(value, "a time")


def _refuse(value: Any, what: str) -> Any:
    raise Undecodable(f"{type(value).__name__} in place of {what}")


def _unless_null(each: _Change) -> _Change:
    return lambda value: None if value is None else each(value)


def _over_items(each: _Change | None) -> _Change | None:
    if each is None:
        return None
    return lambda value: [each(item) for item in value] if type(value) in _LISTS else value


def _over_items_in_order(each: _Change | None) -> _Change:
    """The items of a set stand in order, each once: another order would be another encoding of it."""
    items = _over_items(each)

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


def _over_values(each: _Change | None) -> _Change | None:
    if each is None:
        return None
    return lambda value: {key: each(item) for key, item in value.items()} if type(value) is dict else value


def _over_places(changes: list[_Change | None]) -> _Change | None:
    if not any(changes):
        return None
    return _over_places_of(dict(enumerate(changes)))


def _over_places_of(changes: dict[Any, _Change | None]) -> _Change:
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


def _over_fields(changes: dict[Any, _Change | None], count: int) -> _Change:
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


def _by_tag(name: str, structs: dict[Any, _Change]) -> _Change:
    def change(value: Any) -> Any:
        each = structs.get(value.get(name)) if type(value) is dict else None
        return value if each is None else each(value)

    return change
