"""Instants, real numbers and integers as they are written, and back: no library decides them. PURE."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from edge.signing.cose.bounded_cbor import BEYOND
from edge.signing.cose.fields import EARLIEST, LATEST
from edge.support.decoding import Undecodable

_DOUBLE = struct.Struct(">d")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Change = Callable[[Any], Any]
"""Puts real numbers and instants where the wire has bytes and integers (raises Undecodable), or back."""


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


def written(value: Any) -> Any:
    """Any plain value with instants and real numbers as they are written."""
    kind = type(value)
    if kind is dict:
        return {_key_written(key): written(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [written(item) for item in value]
    write = _PLAINLY_WRITTEN.get(kind)
    return value if write is None else write(value)


def _key_written(key: Any) -> str:
    """`key`, which is text: of other kinds libraries do not agree on the order."""
    if type(key) is not str:
        raise ValueError(f"{key!r} is no text in place of a key")
    return key


def double_written(value: float) -> bytes:
    """The bytes of a real number, or of an integer in its place. Raises ValueError."""
    try:
        return double_bytes(float(value))
    except OverflowError:
        raise ValueError(f"{value} is too large for a real number") from None


def integer_written(value: Any) -> Any:
    """`value`, within what a reader takes of an integer. Raises ValueError."""
    if type(value) is int and not -BEYOND <= value < BEYOND:
        raise ValueError(f"{value} is beyond 64 bits with a sign")
    return value


def instant_written(value: datetime) -> int:
    """The microseconds of an aware time. Raises ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"{value} names no time zone")
    return microseconds(value)


_PLAINLY_WRITTEN: dict[type, Change] = {
    float: double_bytes,
    int: integer_written,
    datetime: instant_written,
}


def real_read(value: Any) -> Any:
    """The real number that was written so. Raises Undecodable."""
    return double_of(value) if isinstance(value, bytes) else _refuse(value, "a real number")


def instant_read(value: Any) -> Any:
    """The time that was written so. Raises Undecodable."""
    return instant(value) if type(value) is int else _refuse(value, "a time")


def _refuse(value: Any, what: str) -> Any:
    raise Undecodable(f"{type(value).__name__} in place of {what}")
