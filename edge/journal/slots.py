"""A small value on disk in preallocated space: it can be written on a full disk, and a power cut spares it.

Two slots in a file that is made, with its blocks, when the journal is: each write goes to the older one, so
that a power cut in its middle leaves the other.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

_SLOT = 4096
_HEAD = 36
"""A slot is SHA-256 of the rest, its length, and the value."""


class TwoSlots:
    """The file. Writing it never raises: it is written when nothing else can be."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> None:
        """Allocate the file now, while there is space."""
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                if os.fstat(descriptor).st_size < 2 * _SLOT:
                    os.pwrite(descriptor, bytes(2 * _SLOT), 0)
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> tuple[bytes, ...]:
        """The values of the slots that are intact, in no order."""
        try:
            with self._path.open("rb") as file:
                data = file.read(2 * _SLOT)
        except OSError:
            return ()
        slots = (_value_of(data[start : start + _SLOT]) for start in (0, _SLOT))
        return tuple(value for value in slots if value is not None)

    def write(self, number: int, value: bytes) -> bool:
        """Write `value` durably into the slot that is the turn of `number`; whether that went well."""
        slot = hashlib.sha256(value).digest() + len(value).to_bytes(4) + value
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY)
            try:
                os.pwrite(descriptor, slot.ljust(_SLOT, b"\0"), _SLOT * (number % 2))
                os.fsync(descriptor)
                return True
            finally:
                os.close(descriptor)
        return False


def _value_of(slot: bytes) -> bytes | None:
    length = int.from_bytes(slot[32:_HEAD])
    value = slot[_HEAD : _HEAD + length]
    return value if slot[:32] == hashlib.sha256(value).digest() else None
