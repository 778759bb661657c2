"""Checks who owns central's files: the daemon cannot read what another user wrote, and gates would stay
outdated.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

from edge.errors import RegistryError
from edge.support.phrases import phrase


def refuse_another_user(folder: Path) -> None:
    """Raise RegistryError if this user is neither root nor the owner of `folder`.

    Root gives what it writes to the folder's owner (edge.support.files); no other user can.
    """
    there = next(place for place in (folder, *folder.parents) if _is_seen(place))
    owner = there.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise RegistryError(
            phrase(
                "belongs to %(owner)s, who could not read what %(user)s writes there",
                owner=user_name(owner),
                user=user_name(os.geteuid()),
            ),
            where=str(there),
            remedy=phrase("sudo -u %(user)s gatepost …", user=user_name(owner)),
        )


def not_readable(folder: Path, reader: Path) -> Iterator[tuple[Path, str]]:
    """Yield what the owner of `reader` cannot read in `folder`, each path with its owner.

    `reader` is a file that only the daemon may read, its key; so the owner runs the daemon.
    """
    owner = reader.stat()
    if owner.st_uid == 0 or not folder.exists():
        return
    groups = _groups_of(owner.st_uid, owner.st_gid)
    for path in sorted((folder, *folder.rglob("*"))):
        with suppress(FileNotFoundError):  # a version that is being removed just now
            there = path.stat()
            wanted = 0o5 if S_ISDIR(there.st_mode) else 0o4
            if not _allows(there, owner.st_uid, groups, wanted):
                yield path, user_name(there.st_uid)


def _is_seen(place: Path) -> bool:
    """Whether `place` exists and this user can see it."""
    try:
        place.stat()
    except OSError:
        return False
    return True


def user_name(uid: int) -> str:
    """The user's name, or the number if the system knows no name for it."""
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
