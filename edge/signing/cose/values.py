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

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import cbor2
import msgspec
from msgspec import inspect

from edge.errors import CredentialError
from edge.signing.cose.bounded_cbor import CborLimits, decode_cbor
from edge.signing.cose.by_type import Changes, Ways, over_items, over_items_in_order
from edge.signing.cose.scalars import (
    Change,
    double_written,
    instant_read,
    instant_written,
    integer_written,
    real_read,
    written,
)
from edge.support.decoding import Undecodable
from edge.support.toml_words import in_words

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


def encode_value(value: Any) -> bytes:
    """`value` (a struct, or plain values) in its one encoding.

    Of a struct the type says what is a real number: 2 in such a field is written as 2.0 is. Raises ValueError
    for what no reader takes: a number that is not finite or an integer beyond 64 bits, a time without a zone,
    text that is no Unicode, a key that is no text.
    """
    plain = msgspec.to_builtins(value, builtin_types=_AS_THEY_ARE, order="deterministic")
    write = _writer(type(value)) if isinstance(value, msgspec.Struct) else written
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
            raise Undecodable(f"not what is expected here: {in_words(error)}", where=where) from None

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
            raise Undecodable(f"not what is expected here: {in_words(error)}", where=where) from None

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
        raise Undecodable(f"not what is expected here: {in_words(error)}", where=where) from None
    try:
        return plain if restore is None else restore(plain)
    except Undecodable:
        return plain


@cache
def _restorer(kind: Any) -> Change | None:
    """What restores a value of `kind`; None where it holds neither real numbers nor instants."""
    leaves: dict[type[inspect.Type], Change] = {
        inspect.FloatType: real_read,
        inspect.DateTimeType: instant_read,
    }
    return Changes(Ways(leaves, over_items_in_order)).of(inspect.type_info(kind))


@cache
def _writer(kind: Any) -> Change | None:
    """What writes the real numbers and instants of a value of `kind`; None where it holds neither."""
    leaves: dict[type[inspect.Type], Change] = {
        inspect.FloatType: double_written,
        inspect.DateTimeType: instant_written,
        inspect.IntType: integer_written,
        inspect.AnyType: written,
    }
    return Changes(Ways(leaves, over_items)).of(inspect.type_info(kind))
