"""Room on the card: what an update takes is found to be there before anything of it is written."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sync.updates.core import UpdateCause, UpdateError

SPARE = 200 << 20
"""Bytes that stay free: for the journal, and for what a new version writes at its first start. A download
lies twice for a moment, which they cover where folders have file systems of their own.
"""


def refuse_full(needs: Sequence[tuple[Path, int]]) -> None:
    """Raise UpdateError where a file system has not room for all that lies on it of (folder, bytes), and to
    spare. A folder that is not there yet is made on the file system of the next one above it.
    """
    taken: Counter[int] = Counter()
    places: dict[int, Path] = {}
    for folder, size in needs:
        there = _existing(folder)
        device = there.stat().st_dev
        taken[device] += size
        places.setdefault(device, there)
    for device, size in taken.items():
        free = shutil.disk_usage(places[device]).free
        if free < size + SPARE:
            raise UpdateError(
                f"{free >> 20} MiB are free, it takes {size >> 20} and {SPARE >> 20} {UpdateCause.FULL}",
                where=str(places[device]),
                remedy="free some space (journalctl --vacuum-size=50M); the version that runs goes on",
            )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
