"""A card that is pulled from under a running process: open files take no write more, and their path is gone.

Every open descriptor of a store on it leads to /dev/full from then on, where the kernel itself refuses each
write.
"""

from __future__ import annotations

import os
from pathlib import Path


def pull(folder: Path) -> Path:
    """Pull the card that `folder` is; where it lies meanwhile."""
    away = folder.with_name(folder.name + ".pulled")
    folder.rename(away)
    folder.touch()
    for descriptor in list(Path("/proc/self/fd").iterdir()):
        if descriptor.is_symlink() and _writes_to_a_store(descriptor.readlink(), away):
            full = os.open("/dev/full", os.O_RDWR | os.O_CLOEXEC)
            os.dup2(full, int(descriptor.name), inheritable=False)
            os.close(full)
    return away


def put_back(folder: Path, away: Path) -> None:
    folder.unlink()
    away.rename(folder)


def _writes_to_a_store(file: Path, card: Path) -> bool:
    """The index beside a store is memory, and a lock is none of the card's."""
    return file.is_relative_to(card) and file.name.endswith((".sqlite", ".sqlite-wal"))
