"""How a gate's databases are opened, and what identifies the medium that they lie on.

Other files have no such port: the operating system is theirs (docs/decisions/0113).
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from structlog import get_logger

from edge.support.acting import acting_as_owner
from edge.support.beside import open_beside
from edge.support.files import set_aside
from edge.support.medium import medium_of


class Connect(Protocol):
    """Opens the database at `path`; raises sqlite3.Error. One that is `read_only` is used by one thread.

    Transactions are begun by hand. `timeout` is how many seconds a statement waits for another's lock.
    """

    def __call__(
        self, path: Path, *, read_only: bool = False, timeout: float = 5.0
    ) -> sqlite3.Connection: ...


def connect(path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
    """A connection to the database at `path`, by the standard library.

    Root opens it, and what SQLite has beside it, with the rights of the folder's owner.
    """
    with acting_as_owner(path.parent) as acts:
        _wait_at_nothing(path, read_only=read_only)
        if read_only:
            made = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=timeout)
        else:
            made = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=timeout)
        if acts:
            open_beside(made, writes=not read_only)
    return made


def _wait_at_nothing(path: Path, *, read_only: bool) -> None:
    """Set aside what lies in the place of SQLite's own files and is none: it would wait at a pipe for ever.

    Who only reads moves nothing away. Raises sqlite3.OperationalError.
    """
    for beside in (path.with_name(path.name + ending) for ending in ("-journal", "-wal", "-shm")):
        with suppress(OSError):
            if stat.S_ISREG(beside.lstat().st_mode):
                continue
            done = "" if read_only else set_aside(beside)
            if not done.startswith("set aside"):
                raise sqlite3.OperationalError(f"{beside.name} is not a regular file")
            get_logger("edge.storage").warning("not_a_regular_file", file=str(beside), done=done)


@dataclass(frozen=True)
class Storage:
    """What databases use of the computer that they lie on."""

    connect: Connect = connect
    medium: Callable[[Path], str] = medium_of


REAL_STORAGE = Storage()
