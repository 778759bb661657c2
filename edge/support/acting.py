"""Acts as the owner of a folder for a while: what root does there can do no more than that owner could.

SQLite and TUF's client follow links that lie in their folders. As root they would write wherever the user
of such a folder has laid one to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def acting_as_owner(folder: Path) -> Iterator[bool]:
    """Act as the owner of `folder` until the block ends; whether that is another user.

    Only root can, and only root need. Where there is no such folder, nobody else acts. Nothing is imported in
    it: the software may lie where only root can read.
    """
    owner = _owner_of(folder)
    if owner is None or os.geteuid() != 0 or owner.st_uid == 0:
        yield False
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield True
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def _owner_of(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None
