"""Room on the card: what an update takes is found to be there before anything of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.support.disks import full_disks
from sync.updates.core import UpdateCause, UpdateError

SPARE = 200 << 20
"""Bytes that stay free: for the journal, and for what a new version writes at its first start. A download
lies twice for a moment, which they cover where folders have file systems of their own.
"""


def refuse_full(needs: Sequence[tuple[Path, int]]) -> None:
    """Raise UpdateError where a file system has not room for all that lies on it of (folder, bytes), and to
    spare.
    """
    for disk in full_disks(needs, SPARE):
        free, asked = disk.free >> 20, disk.asked >> 20
        raise UpdateError(
            f"{free} MiB are free, it takes {asked} and {SPARE >> 20} {UpdateCause.FULL}",
            where=str(disk.folder),
            remedy="free some space (journalctl --vacuum-size=50M); the version that runs goes on",
        )
