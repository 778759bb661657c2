"""What lies in the folder of history: whether it is what was written, and how it goes."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from edge.support.files import sync_folder
from edge.support.phrases import Said, phrase
from sync.central.history.core import PARTIAL
from sync.central.history.damage import ANOTHER, GONE, NO_FILE, of_another_size, too_large, unreadable
from sync.central.store import StoreError

MOST_SIZE = 1 << 30
"""No file of history has more bytes."""


class HistoryError(StoreError):
    """The folder of history cannot be used, or a file in it is not what was written."""


@dataclass(frozen=True)
class Written:
    """A file as it lies in the folder: its size, when it was changed (nanoseconds), and its SHA-256."""

    size: int
    changed: int
    digest: bytes


def look_at(path: Path) -> Written:
    """The file as it lies there. Raises HistoryError where it is none that can be read."""
    try:
        with path.open("rb") as opened:
            status = os.fstat(opened.fileno())
            if status.st_size > MOST_SIZE:
                raise HistoryError(too_large(MOST_SIZE), where=str(path))
            digest = hashlib.file_digest(opened, "sha256").digest()
    except OSError as error:
        raise HistoryError(unreadable(error.strerror), where=str(path)) from None
    return Written(status.st_size, status.st_mtime_ns, digest)


def what_is_wrong(folder: Path, name: str, as_written: Written, *, thorough: bool) -> Said:
    """What is wrong with a file; "" if nothing is. Without `thorough` its bytes are read only where its size
    and time do not say that it is as it was.
    """
    path = folder / name
    try:
        status = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return GONE
    except OSError as error:
        return unreadable(error.strerror)
    is_file = S_ISREG(status.st_mode)  # a pipe would never end, and a link lead elsewhere
    if not is_file or status.st_size != as_written.size:
        return of_another_size(status.st_size, as_written.size) if is_file else NO_FILE
    if not thorough and status.st_mtime_ns == as_written.changed:
        return ""
    try:
        found = look_at(path)
    except HistoryError as error:
        return error.said[0]
    return "" if found.digest == as_written.digest else ANOTHER


def remove_file(folder: Path, name: str) -> None:
    """Take a file away, and what was begun of it. Raises HistoryError."""
    path = folder / name
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            for each in (path, path.with_name(path.name + PARTIAL)):
                each.unlink(missing_ok=True)
            sync_folder(path.parent)
    except OSError as error:
        raise HistoryError(
            phrase("could not be removed: %(why)s", why=error.strerror), where=str(path)
        ) from None
