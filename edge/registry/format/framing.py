"""Length-prefixed parts (4 bytes, big-endian): the framing of every file of the registry. PURE."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from edge.registry.format.refusal import BundleRefusal, BundleRefused

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


def joined(parts: Iterable[bytes]) -> bytes:
    """`parts`, each preceded by its length."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def split(data: bytes | memoryview, *, most: int) -> tuple[bytes, ...]:
    """All parts of `data`, none longer than `most`; raises BundleRefused."""
    rest, parts = memoryview(data), []
    while rest:
        part, rest = _first(rest, most)
        parts.append(bytes(part))
    return tuple(parts)


def split_whole(data: bytes, magic: bytes, most: tuple[int, ...]) -> tuple[memoryview, ...]:
    """The parts after `magic`, one for each limit in `most`, and nothing else; raises BundleRefused.

    A length is checked before anything is copied: a claim of ten gigabytes costs nothing.
    """
    parts, end = split_head(data, magic, most)
    if end < len(data):
        raise BundleRefused(BundleRefusal.UNREADABLE, f"has {len(data) - end} bytes after its end")
    return parts


def split_head(head: bytes, magic: bytes, most: tuple[int, ...]) -> tuple[tuple[memoryview, ...], int]:
    """The first parts of a file that begins with `head`, one for each limit in `most`, and their end."""
    rest, parts = _behind(head, magic), []
    for limit in most:
        part, rest = _first(rest, limit)
        parts.append(part)
    return tuple(parts), len(head) - len(rest)


def _behind(data: bytes, magic: bytes) -> memoryview:
    if not data.startswith(magic):
        raise BundleRefused(
            BundleRefusal.UNREADABLE,
            f"not a file of kind {magic.decode().strip()!r}",
            remedy="build it with this version of Gatepost",
        )
    return memoryview(data)[len(magic) :]


def _first(rest: memoryview, most: int) -> tuple[memoryview, memoryview]:
    if len(rest) < _LENGTH.size:
        raise BundleRefused(BundleRefusal.UNREADABLE, "is cut off")
    (length,) = _LENGTH.unpack_from(rest)
    if length > most:
        raise BundleRefused(
            BundleRefusal.TOO_LARGE, f"a part claims {length} bytes, at most {most} are accepted"
        )
    if len(rest) < _LENGTH.size + length:
        raise BundleRefused(BundleRefusal.UNREADABLE, "is cut off")
    return rest[_LENGTH.size : _LENGTH.size + length], rest[_LENGTH.size + length :]
