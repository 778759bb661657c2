"""Untrusted CBOR (RFC 8949): size, depth, number of items and tags are checked before decoding.

A head may claim 2**60 items or nest a thousand arrays. So the bytes are walked first, without building
anything, and only what is within the limits reaches the decoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from edge.errors import CredentialError

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_NUMBERS = frozenset({_UNSIGNED, _NEGATIVE, _SIMPLE})
_STRINGS = frozenset({_BYTES, _TEXT})
_KEYS = frozenset({_UNSIGNED, _NEGATIVE, _TEXT})
_OPEN_ENDED = frozenset({_BYTES, _TEXT, _ARRAY, _MAP})
_FALSE, _NULL = 20, 22
_FLOATS = {25, 26, 27}
_BREAK = 0xFF
_INDEFINITE = 31
_LEAST = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
"""The least argument of a head that needs so many bytes more."""
BEYOND = 1 << 63
"""The first integer that databases, and languages with 64 bits and a sign, cannot hold."""


@dataclass(frozen=True)
class CborLimits:
    """What a message may contain: at most `size` bytes, `depth` levels, `items` data items; only these tags.

    `deterministic` accepts only the one encoding of RFC 8949, section 4.2.1 (shortest heads, definite
    lengths, keys in the order of their bytes, each once), no floating point number, and of integers those of
    64 bits with a sign. `ignored` tags are removed: the item after them is decoded as it is written, without
    the decoder's own handling of the tag.
    """

    size: int
    depth: int = 8
    items: int = 512
    tags: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    deterministic: bool = True


def decode_cbor(data: bytes, limits: CborLimits) -> Any:
    """The one data item in `data`; raises CredentialError.

    Map keys are integers or text; nothing may follow the item.
    """
    if len(data) > limits.size:
        raise CredentialError(f"CBOR of {len(data)} bytes, at most {limits.size} are accepted")
    walk = _Walk(data, limits)
    end = walk.item(0, limits.depth)
    if end != len(data):
        raise CredentialError(f"{len(data) - end} bytes follow the CBOR item")
    try:
        found = cbor2.loads(walk.without_ignored_tags())
    except (cbor2.CBORDecodeError, ValueError, OverflowError, OSError) as error:
        # What the walk does not check: text that is not UTF-8, an impossible date.
        raise CredentialError(f"not readable as CBOR: {error}") from None
    return _thawed(found) if limits.tags else found


def _thawed(value: Any) -> Any:
    """`value` with lists and dicts: from cbor2 6 on what lies behind a tag is tuples and frozen maps."""
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, _thawed(value.value))
    if isinstance(value, list | tuple):
        return [_thawed(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _thawed(item) for name, item in value.items()}
    return value


class _Walk:
    """Walks over the heads of the items and counts."""

    def __init__(self, data: bytes, limits: CborLimits) -> None:
        self._data = data
        self._limits = limits
        self._left = limits.items
        self._ignored: list[tuple[int, int]] = []

    def without_ignored_tags(self) -> bytes:
        """The bytes walked over, without the heads of ignored tags."""
        if not self._ignored:
            return self._data
        kept, place = bytearray(), 0
        for start, end in self._ignored:
            kept += self._data[place:start]
            place = end
        return bytes(kept + self._data[place:])

    def item(self, position: int, depth: int, *, key: bool = False) -> int:
        """Where the item that starts at `position` ends; `depth` levels of containers are left."""
        start = position
        major, argument, position = self._head(position)
        if key and major not in _KEYS:
            raise CredentialError("a CBOR map has a key that is neither integer nor text")
        if major in _NUMBERS:
            if argument is not None and argument >= BEYOND and self._limits.deterministic:
                raise CredentialError("CBOR with an integer beyond 64 bits with a sign")
            return position
        if major in _STRINGS:
            return self._string(major, argument, position)
        if depth == 0:
            raise CredentialError(f"CBOR is nested deeper than {self._limits.depth} levels")
        if major == _TAG:
            if argument in self._limits.ignored:
                self._ignored.append((start, position))
            elif argument not in self._limits.tags:
                raise CredentialError(f"CBOR tag {argument} is not allowed here")
            return self.item(position, depth - 1)
        return self._container(major, argument, position, depth - 1)

    def _head(self, position: int) -> tuple[int, int | None, int]:
        """Major type, argument (None: indefinite length) and the position after the head."""
        self._left -= 1
        if self._left < 0:
            raise CredentialError(f"CBOR of more than {self._limits.items} items")
        initial = self._byte(position)
        major, info = initial >> 5, initial & 0x1F
        position += 1
        if major == _SIMPLE:
            self._check_simple(info)
        if info < 24:
            return major, info, position
        if info <= 27:
            width = 1 << (info - 24)
            if position + width > len(self._data):
                raise CredentialError("CBOR is cut off")
            argument = int.from_bytes(self._data[position : position + width])
            if self._limits.deterministic and argument < _LEAST[width]:
                raise CredentialError("CBOR that is not in the one encoding: a head could be shorter")
            return major, argument, position + width
        if info == _INDEFINITE and major in _OPEN_ENDED and not self._limits.deterministic:
            return major, None, position
        raise CredentialError("CBOR with a length that is not allowed here")

    def _check_simple(self, info: int) -> None:
        known = _FALSE <= info <= _NULL or (info in _FLOATS and not self._limits.deterministic)
        if not known:
            raise CredentialError("CBOR with a simple value or a number that is not allowed here")

    def _byte(self, position: int) -> int:
        if position >= len(self._data):
            raise CredentialError("CBOR is cut off")
        return self._data[position]

    def _string(self, major: int, length: int | None, position: int) -> int:
        if length is not None:
            if length > len(self._data) - position:
                raise CredentialError("CBOR is cut off")
            return position + length
        while self._byte(position) != _BREAK:
            chunk_major, chunk_length, position = self._head(position)
            if chunk_major != major or chunk_length is None:
                raise CredentialError("CBOR string in pieces of another type")
            position = self._string(major, chunk_length, position)
        return position + 1

    def _container(self, major: int, length: int | None, position: int, depth: int) -> int:
        pairs = major == _MAP
        ordered = pairs and self._limits.deterministic
        count, before = 0, b""
        while length is None or count < length:
            if length is None and self._byte(position) == _BREAK:
                return position + 1
            start = position
            position = self.item(position, depth, key=pairs)
            if ordered:
                key = self._data[start:position]
                if key <= before:
                    raise CredentialError("CBOR that is not in the one encoding: its keys are not in order")
                before = key
            if pairs:
                position = self.item(position, depth)
            count += 1
        return position
