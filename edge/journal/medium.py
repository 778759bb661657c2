"""What a journal lies on: so that a copy of it, put onto another card or back from a backup, is known as one.

The file's own number (another one after a restore by file), the card's (another one after a restore onto
another card) and the computer's. Where all three are the same, only who saw a later event can tell: central
does, and says so by an acknowledgement of what this journal does not hold.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 256
_CARD = ("device/cid", "../device/cid", "device/wwid", "../device/wwid", "../device/serial")
"""Where the kernel tells the number of a disk, or of the disk that a partition lies on."""
_COMPUTER = ("proc/device-tree/serial-number", "sys/class/dmi/id/product_uuid")


def medium_of(path: Path, root: Path = Path("/")) -> str:
    """32 hexadecimal digits for the place that the file at `path` lies in; `root` is for tests."""
    status = path.stat()
    disk = root / f"sys/dev/block/{os.major(status.st_dev)}:{os.minor(status.st_dev)}"
    parts = [
        str(status.st_ino),
        _first(disk.resolve() / name for name in _CARD),
        _first(root / name for name in _COMPUTER),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _first(paths: Iterable[Path]) -> str:
    for path in paths:
        with suppress(OSError), path.open("rb") as file:
            return file.read(_MOST_BYTES).hex()
    return ""
