"""Gives files and whole folders to a user, without following what a user may have laid there. Only root can,
and only root need.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileOwner:
    """Who a file or folder belongs to, by their numbers, and its mode."""

    uid: int
    gid: int
    mode: int


def owner_of(path: Path) -> FileOwner:
    """Whose it is; raises OSError."""
    there = path.lstat()
    return FileOwner(there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode))


def owner_by_name(user: str, group: str, mode: int) -> FileOwner | None:
    """The owner of these names; None where this computer does not know them."""
    try:
        return FileOwner(pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid, mode)
    except KeyError:
        return None


def give(path: Path, owner: FileOwner) -> None:
    """Give a file or folder its owner and mode: never one that runs as its owner. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.uid, owner.gid)
        # Of the special bits only what gives a folder's files its group.
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, owner.mode & (0o2777 if is_folder else 0o777))
    finally:
        os.close(descriptor)


def own_all(folder: Path) -> int:
    """Give everything in `folder` to the owner of the folder, with its group; returns how much was another
    user's. Raises OSError.

    No link is followed, and a file with a second name stays whose it is: it may be another folder's file. A
    service may work in it meanwhile: what is gone, or became a link or socket, is nobody's to be given.
    """
    if os.geteuid() != 0:
        return 0
    owner = folder.stat()
    changed = 0
    for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            try:
                changed += _given(name, here, owner)
            except OSError as error:
                if error.errno not in _CHANGED_MEANWHILE:
                    raise
    return changed


_CHANGED_MEANWHILE = {errno.ENOENT, errno.ELOOP, errno.ENXIO}
"""How a name fails that was another a moment ago: it is gone, a link, a socket."""


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
