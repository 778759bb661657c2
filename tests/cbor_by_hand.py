"""Deterministic CBOR (RFC 8949, section 4.2.1) written by hand: what no library decides."""

from __future__ import annotations

import itertools
import struct
from typing import Any


def head(major: int, argument: int) -> bytes:
    """The head of an item as RFC 8949, section 4.2.1, has it."""
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if argument < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | info]) + struct.pack(form, argument)
    raise ValueError(argument)


def written(value: Any) -> bytes:  # noqa: PLR0911 - one line a type
    """`value` in CBOR, its maps in the order in which they are written here."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(written, value))
        case dict():
            return head(5, len(value)) + b"".join(map(written, itertools.chain(*value.items())))
    raise TypeError(type(value))
