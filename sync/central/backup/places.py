"""Which files a centre consists of: what central.toml names, and itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.backup.errors import BackupError
from edge.backup.manifest import Name
from sync.central.configuration import CentralConfiguration

PUBLISHED, HISTORY = "registry.folder", "history.folder"
CONFIGURATION = "central.toml"
ALSO, BESIDE = "also", "beside"
"""In place of a key of central.toml: a folder that [backup] names, and the public half beside a private
key.
"""
_NOT_KEPT = frozenset({"backup.folder", "adoption.folder"})
"""Where backups go, and where requests wait for minutes."""


class KeptOwner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose a file or folder was, by name: numbers are others on another machine."""

    user: Annotated[str, Meta(max_length=64)]
    group: Annotated[str, Meta(max_length=64)]
    mode: Annotated[int, Meta(ge=0, le=0o7777)]


class KeptPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file or folder of a centre: `name` in the backup, `key` of central.toml that names it, and where it
    lay; whose it was, and the folder that it lay in (None in backups of before these were kept).
    """

    name: Name
    key: str
    path: str
    is_folder: bool
    owner: KeptOwner | None = None
    above: KeptOwner | None = None


def named_paths(value: msgspec.Struct, before: str = "") -> Iterator[tuple[str, Path]]:
    """Each path in a configuration, by its key (registry.folder)."""
    for field in value.__struct_fields__:
        held = getattr(value, field)
        if isinstance(held, Path):
            yield before + field, held
        elif isinstance(held, msgspec.Struct):
            yield from named_paths(held, f"{before}{field}.")


def places_of(configuration: CentralConfiguration, file: Path) -> tuple[KeptPlace, ...]:
    """Where everything of the centre with central.toml at `file` lies. Raises BackupError for a key that is
    missing: what cannot be read cannot be put back.
    """
    found = [_place(0, CONFIGURATION, file.resolve(), "")]
    seen = {file.resolve()}
    for key, path in named_paths(configuration):
        place = path.resolve()
        if key in _NOT_KEPT or place in seen or not (place.is_dir() or place.is_file()):
            continue
        seen.add(place)
        found.append(_place(len(found), key, place, key))
        half = place.with_suffix(".pub")
        if place.suffix == ".key" and half.is_file() and half not in seen:
            seen.add(half)
            found.append(_place(len(found), f"{key}.pub", half, BESIDE))
    for folder in () if configuration.backup is None else configuration.backup.also:
        if not folder.is_dir():
            raise BackupError(
                "is no folder that can be read",
                where=f"[backup] also, {folder}",
                remedy="correct it, or run this as a user who may read it",
            )
        found.append(_place(len(found), ALSO, folder.resolve(), ALSO))
    return tuple(found)


def _place(number: int, name: str, path: Path, key: str) -> KeptPlace:
    owner, above = _owner_of(path), _owner_of(path.parent)
    return KeptPlace(f"files/{number:02}-{name}", key, str(path), path.is_dir(), owner, above)


def _owner_of(path: Path) -> KeptOwner | None:
    """None where this computer has no name for it."""
    there = path.stat()
    try:
        return KeptOwner(path.owner(), path.group(), S_IMODE(there.st_mode))
    except KeyError:
        return None
