"""Identifies the medium of a journal, so that a copy (on another card, or from a backup) is recognised.

The file's own numbers (others after a restore by file), the card's (another one after a restore onto
another card) and the computer's. Where all three are the same, only a party that has seen a later event can
tell: central acknowledges an event that this journal does not hold.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 256
_CARD = ("device/cid", "../device/cid", "device/wwid", "../device/wwid", "../device/serial")
"""Where the kernel tells the number of a disk, or of the disk that a partition lies on."""
_GET_VERSION = 2 << 30 | struct.calcsize("l") << 16 | ord("v") << 8 | 1
"""FS_IOC_GETVERSION: what tells two files apart that had one inode number after each other (ext4, XFS)."""
_COMPUTER = ("proc/device-tree/serial-number", "sys/class/dmi/id/product_uuid")


def medium_of(path: Path, root: Path = Path("/")) -> str:
    """32 hexadecimal digits that identify where the file at `path` is stored; `root` is for tests."""
    status = path.stat()
    disk = root / f"sys/dev/block/{os.major(status.st_dev)}:{os.minor(status.st_dev)}"
    return identity(
        f"{status.st_ino} {_generation(path)}",
        _first(disk.resolve() / name for name in _CARD),
        _first(root / name for name in _COMPUTER),
    )


def identity(file: str, card: str, computer: str) -> str:
    """32 hexadecimal digits that tell a file on a card in a computer from every other."""
    return hashlib.sha256(f"{file}\n{card}\n{computer}".encode()).hexdigest()[:32]


def _generation(path: Path) -> str:
    """The generation of the file's inode, in hexadecimal; empty where its file system tells none."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
        try:
            return fcntl.ioctl(descriptor, _GET_VERSION, bytes(8)).hex()
        finally:
            os.close(descriptor)
    return ""


def _first(paths: Iterable[Path]) -> str:
    for path in paths:
        with suppress(OSError), path.open("rb") as file:
            return file.read(_MOST_BYTES).hex()
    return ""
