"""A small value on disk in preallocated space: it can be written on a full disk, and a power cut spares it.

Two slots in a file that is made, with its blocks, when the journal is: each write goes to the older one, so
that a power cut in its middle leaves the other.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from edge.support.decoding import Undecodable, json_of
from edge.support.files import open_regular, set_aside

_SLOT = 4096
_HEAD = 36
"""A slot is SHA-256 of the rest, its length, and the value in JSON."""


class NumberedValue(Protocol):
    """A value that counts how often it was written: the higher number is the newer."""

    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=NumberedValue)


class TwoSlots(Generic[T]):
    """The file. Writing it never raises: it is written when nothing else can be. `first` is its value before
    any was written.
    """

    def __init__(self, path: Path, first: T) -> None:
        self._path = path
        self._first = first

    def make(self) -> None:
        """Allocate the file now, while there is space."""
        with suppress(OSError):
            if not stat.S_ISREG(self._path.lstat().st_mode):
                set_aside(self._path)
        with suppress(OSError):
            descriptor = open_regular(self._path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW)
            try:
                if os.fstat(descriptor).st_size < 2 * _SLOT:
                    os.pwrite(descriptor, bytes(2 * _SLOT), 0)
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> T:
        """The newer value of the two that is intact; the first where neither is."""
        try:
            descriptor = open_regular(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return self._first
        try:
            data = os.pread(descriptor, 2 * _SLOT, 0)
        except OSError:
            return self._first
        finally:
            os.close(descriptor)
        newest = self._first
        for start in (0, _SLOT):
            with suppress(Undecodable):
                value = json_of(_value_of(data[start : start + _SLOT]), type(self._first))
                newest = max(newest, value, key=lambda each: each.number)
        return newest

    def write(self, value: T) -> bool:
        """Write `value` durably into the slot that is the turn of its number; whether that went well."""
        encoded = msgspec.json.encode(value)
        slot = hashlib.sha256(encoded).digest() + len(encoded).to_bytes(4) + encoded
        with suppress(OSError):
            descriptor = open_regular(self._path, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                os.pwrite(descriptor, slot.ljust(_SLOT, b"\0"), _SLOT * (value.number % 2))
                # Its size is settled, so only data has to last: fsync would have the time written down too.
                os.fdatasync(descriptor)
                return True
            finally:
                os.close(descriptor)
        return False


def _value_of(slot: bytes) -> bytes:
    """What a slot holds; nothing where it is torn."""
    length = int.from_bytes(slot[32:_HEAD])
    value = slot[_HEAD : _HEAD + length]
    return value if slot[:32] == hashlib.sha256(value).digest() else b""
