"""How much room there is where something is to be written, also in a folder that is yet to be made."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FullDisk:
    """A file system without the room that is asked of it: a folder on it, and how many bytes are free there
    and asked for.
    """

    folder: Path
    free: int
    asked: int


def existing(folder: Path) -> Path:
    """The folder, or else the next one above it that is there: on its file system it would be made."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def full_disks(needs: Iterable[tuple[Path, int]], spare: int) -> Iterator[FullDisk]:
    """The file systems that have not room for all that goes there of (folder, bytes), with `spare` bytes left
    besides. Raises OSError.
    """
    asked: Counter[int] = Counter()
    folders: dict[int, Path] = {}
    for folder, size in needs:
        there = existing(folder)
        device = there.stat().st_dev
        asked[device] += size
        folders.setdefault(device, there)
    for device, there in folders.items():
        free = shutil.disk_usage(there).free
        if free < asked[device] + spare:
            yield FullDisk(there, free, asked[device])
