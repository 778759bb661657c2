"""Whose central's files are: what another user leaves behind, the daemon cannot read, and gates stay old."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

from edge.errors import RegistryError


def refuse_another_user(folder: Path) -> None:
    """Raise RegistryError where this user is neither root nor the owner of `folder`.

    Root leaves what it writes to the folder's owner (edge.support.files); nobody else can.
    """
    there = next(place for place in (folder, *folder.parents) if _is_seen(place))
    owner = there.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise RegistryError(
            f"belongs to {user_name(owner)}, who could not read what {user_name(os.geteuid())} puts there",
            where=str(there),
            remedy=f"sudo -u {user_name(owner)} gatepost …",
        )


def not_readable(folder: Path, reader: Path) -> Iterator[tuple[Path, str]]:
    """What in `folder` the owner of `reader` cannot read, each with whose it is.

    `reader` is a file that the daemon alone may read: its key. So its owner is who runs the daemon.
    """
    owner = reader.stat()
    if owner.st_uid == 0 or not folder.exists():
        return
    groups = _groups_of(owner.st_uid, owner.st_gid)
    for path in sorted((folder, *folder.rglob("*"))):
        with suppress(FileNotFoundError):  # a version that is tidied away just now
            there = path.stat()
            wanted = 0o5 if S_ISDIR(there.st_mode) else 0o4
            if not _allows(there, owner.st_uid, groups, wanted):
                yield path, user_name(there.st_uid)


def _is_seen(place: Path) -> bool:
    """Whether it is there; what lies in a folder that is shut to this user is not seen."""
    try:
        place.stat()
    except OSError:
        return False
    return True


def user_name(uid: int) -> str:
    """The user's name, or the number where the system has none for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _allows(there: os.stat_result, uid: int, groups: Collection[int], wanted: int) -> bool:
    shift = 6 if there.st_uid == uid else 3 if there.st_gid in groups else 0
    return (there.st_mode >> shift) & wanted == wanted


def _groups_of(uid: int, gid: int) -> frozenset[int]:
    name = user_name(uid)
    return frozenset({gid, *(group.gr_gid for group in grp.getgrall() if name in group.gr_mem)})
