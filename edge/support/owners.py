"""Gives a whole folder to one user, as root, without following what a user may have laid in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def own_all(folder: Path) -> int:
    """Give everything in `folder` to the owner of the folder, with its group; returns how much was another
    user's. Raises OSError.

    No link is followed, and a file with a second name stays whose it is: it may be another folder's file.
    """
    owner = folder.stat()
    changed = 0
    for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            changed += _given(name, here, owner)
    return changed


def _given(name: str, here: int, owner: os.stat_result) -> bool:
    there = os.stat(name, dir_fd=here, follow_symlinks=False)
    if there.st_uid == owner.st_uid or not (stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)):
        return False
    # Looked at once more when it is open: it may be another by now.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
    try:
        opened = os.fstat(descriptor)
        if stat.S_ISREG(opened.st_mode) and opened.st_nlink > 1:
            return False
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)
    return True
