"""The versions on a gate's disk: which are whole, which one an exchange can go back to, what is left over."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace
from packaging.version import Version

from edge.support.files import list_bounded
from sync.updates.core import Exchange, UpdateError
from sync.updates.host import SystemServices
from sync.updates.place import MODEL_FILES, Place, name_by

_MOST_FETCHED = 100
_IS_VERSION = re.compile(r"[0-9][0-9a-z.]*")
_BEGUN = re.compile(r"\.[0-9][0-9a-z.]*\.new")


def is_whole(place: Place, version: str) -> bool:
    return bool(version) and (place.folder_of(version) / "bin" / "gatepost").exists()


def on_disk(place: Place) -> list[str]:
    """The versions that lie whole on disk, the newest first."""
    names = (path.name for path in place.versions.iterdir() if path.is_dir() and not path.is_symlink())
    whole = [name for name in names if _IS_VERSION.fullmatch(name) and is_whole(place, name)]
    return sorted(whole, key=Version, reverse=True)


def refuse_unrecoverable(place: Place) -> None:
    """Raise UpdateError where nothing would go on with an exchange after a power cut."""
    if not place.recovers.is_symlink():
        raise UpdateError(
            "does not start with the computer: a power cut in the middle would not be recovered from",
            where=place.recovers.name,
            remedy="gatepost setup --step start, then ask again: gatepost update get",
        )


def with_what_is_there(place: Place, exchange: Exchange) -> Exchange:
    """An exchange that can go back: dpkg, which knows nothing of it, may have removed the version before."""
    confirmed = place.named_by(place.confirmed)
    gone = not is_whole(place, exchange.before) and is_whole(place, confirmed)
    return replace(exchange, before=confirmed) if gone else exchange


def is_superseded(place: Place, exchange: Exchange) -> bool:
    """Whether a package that was installed meanwhile is in force: neither of the two that are exchanged."""
    current = place.named_by(place.current)
    return current not in {exchange.version, exchange.before} and is_whole(place, current)


def clear_fetched(place: Place) -> None:
    """Remove what was fetched and has come to its end."""
    models: list[Path] = []
    with suppress(OSError):  # it is another user's folder, and not there where nothing was ever fetched
        models = list_bounded(place.fetched.folder, MODEL_FILES, _MOST_FETCHED)
    for path in (place.fetched.ready, place.fetched.package, *models):
        with suppress(OSError):
            path.unlink()


def mended(place: Place, services: SystemServices) -> str:
    """Where `current` leads nowhere, let it name the version that has shown that it works."""
    current, confirmed = place.named_by(place.current), place.named_by(place.confirmed)
    if not confirmed or (place.current / "bin" / "gatepost").exists() or current == confirmed:
        return "nothing is under way"
    name_by(place, place.current, confirmed)
    services.reload()
    return f"{current or 'current'} leads nowhere: {confirmed} is in force"


def remove_others(place: Place, kept: set[str]) -> None:
    """Remove the versions, and what is left of unpacking, besides those that are `kept`."""
    kept = kept | place.named_by_units()
    for path in place.versions.iterdir():
        stale = _IS_VERSION.fullmatch(path.name) and path.name not in kept
        if (stale or _BEGUN.fullmatch(path.name)) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
