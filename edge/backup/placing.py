"""Puts a backup's files back: all beside where they go first, then each into its place, where nothing may
be.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.backup.errors import BackupError, failed
from edge.backup.manifest import BackupEntry
from edge.support.disks import full_disks
from edge.support.files import leave_to_owner, make_folder
from edge.support.owners import FileOwner, give, own_all, owner_of

_ASIDE = ".restoring"
_SPARE = 64 << 20
"""Bytes that stay free on a disk that is restored to."""


@dataclass(frozen=True)
class EntryPlace:
    """Where what is called `name`, or begins with it, belongs: a file, or a folder with all that is in it.

    It becomes `owner`'s, and the folder that it lies in, where that is missing, the one's `above`. Without
    an owner it becomes the owner's of an empty folder in its place, or of the folder that it lies in.
    """

    name: str
    path: Path
    is_folder: bool
    owner: FileOwner | None = None
    above: FileOwner | None = None

    @property
    def aside(self) -> Path:
        return self.path.with_name(f".{self.path.name}{_ASIDE}")

    def of(self, entry: BackupEntry) -> Path | None:
        """Where an entry goes first; None where it is not of this place."""
        if not self.is_folder:
            return self.aside if entry.name == self.name else None
        prefix = f"{self.name}/"
        return self.aside / entry.name.removeprefix(prefix) if entry.name.startswith(prefix) else None


def refuse_what_is_there(places: Iterable[EntryPlace]) -> None:
    """Raise BackupError where a place is taken: nothing is put back over what lives."""
    for place in places:
        taken = place.path.exists() or place.path.is_symlink()
        if taken and not (place.is_folder and place.path.is_dir() and not any(place.path.iterdir())):
            raise BackupError(
                "is there already, and a backup is never put back over what is there",
                where=str(place.path),
                remedy="stop what uses it and move it away, or put the backup elsewhere: --folder FOLDER",
            )


def refuse_full_disks(places: Iterable[EntryPlace], sizes: dict[str, int]) -> None:
    """Raise BackupError where a disk has no room for what goes there; `sizes` are bytes by a place's name."""
    needs = [(place.path.parent, sizes.get(place.name, 0)) for place in places]
    for disk in full_disks(needs, _SPARE):
        raise BackupError(
            f"{(disk.asked + _SPARE) >> 20} MiB are needed, and {disk.free >> 20} MiB are free",
            where=str(disk.folder),
            remedy="make room, or put the backup elsewhere",
        )


def make_folders_above(places: Iterable[EntryPlace]) -> None:
    """Make the folders that places lie in, where they are missing. Raises BackupError."""
    for place in places:
        folder = place.path.parent
        if folder.exists():
            continue
        try:
            make_folder(folder)
            if place.above is not None:
                give(folder, place.above)
        except OSError as error:
            raise failed(error, "putting back", folder) from None


def put_aside(entry: BackupEntry, pieces: Iterator[bytes], path: Path, *, more: bool = False) -> None:
    """Write an entry where it waits; with `more` behind what is there. Raises BackupError."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_APPEND if more else os.O_EXCL)
    try:
        make_folder(path.parent)
        descriptor = os.open(path, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            leave_to_owner(descriptor, path)
            os.fchmod(descriptor, entry.mode & 0o770)
            for piece in pieces:
                file.write(piece)
    except OSError as error:
        raise failed(error, "putting back", path) from None


def into_place(places: Iterable[EntryPlace]) -> None:
    """Move everything from beside its place into it. Raises BackupError where one was taken meanwhile."""
    found = [place for place in places if place.aside.exists()]
    refuse_what_is_there(found)
    os.sync()  # one for all: thousands of files would each wait for the disk
    try:
        for place in found:
            empty = place.path if place.is_folder and place.path.is_dir() else None
            owner = place.owner or (None if empty is None else owner_of(empty))
            if owner is not None:
                give(place.aside, owner)
            if owner is not None and place.is_folder:
                own_all(place.aside)
            if empty is not None:
                empty.rmdir()
            place.aside.rename(place.path)
    except OSError as error:
        raise failed(error, "putting back", places_named(found)) from None
    os.sync()


def places_named(places: Iterable[EntryPlace]) -> Path:
    """The folder that holds the first of them, for a message."""
    return next((place.path.parent for place in places), Path())


def clear_aside(places: Iterable[EntryPlace]) -> None:
    """Remove what waits beside the places: of a restore that failed, or was killed."""
    for place in places:
        if place.aside.is_dir() and not place.aside.is_symlink():
            shutil.rmtree(place.aside, ignore_errors=True)
        else:
            place.aside.unlink(missing_ok=True)
