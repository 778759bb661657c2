"""One life of a process on a simulated card: what it writes is counted, refused, or the last that it does."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import apsw

from tests.simulation.disk import (
    Delete,
    FailSync,
    Make,
    Rename,
    Step,
    Sync,
    SyncNames,
    Touch,
    Truncate,
    Write,
)
from tests.simulation.plain_files import Writer, followed
from tests.simulation.sqlite_files import Connection

if TYPE_CHECKING:
    from tests.simulation.card import Card


class ProcessKilled(BaseException):  # not an Exception: nothing in the product may live on with it
    """A process of the simulation was killed: nothing of it runs any more."""


class CardUser(Writer):
    """One life of a process on a card. Enter it whenever the process runs; `Card.process` makes one."""

    def __init__(self, card: Card, name: str) -> None:
        self.card = card
        self.name = name
        self.dead = False
        self._left: int | None = None
        self._connections: list[Connection] = []
        self._paths: set[str] = set()
        self._before: list[Writer | None] = []

    def __enter__(self) -> Self:
        self.must_live()
        self._before.append(followed().begin(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        followed().end(self._before.pop())
        if self.dead:
            self.kill()
            if not isinstance(error, ProcessKilled):  # whatever was made of it meanwhile
                raise ProcessKilled(self.name)

    def kill_at(self, number: int) -> None:
        """Kill it at its `number`th write from now (1: the next), before that is done."""
        self._left = number

    def kill(self) -> None:
        """End the process as the kernel does: nothing is written, its locks and open files are gone.

        After an orderly end too: the process has closed what it wanted to close.
        """
        self.dead = True
        self.let_go()
        held = self._paths - {str(self.card.folder / name) for name in self.card.databases}
        if held:
            for descriptor in descriptors(held.__contains__):
                self.card.forget(descriptor)
        self._paths.clear()
        self.card.left()

    def let_go(self) -> None:
        """Drop every database that is open."""
        before = followed().begin(self)
        while self._connections:
            self._connections.pop().drop()
        followed().end(before)

    @property
    def holds_databases(self) -> bool:
        return any(connection.is_open for connection in self._connections)

    def must_live(self) -> None:
        """Raise ProcessKilled where it does not."""
        if self.dead:
            raise ProcessKilled(self.name)

    def opened(self, connection: Connection) -> None:
        """Hold a connection that is closed with this process."""
        self._connections = [*(other for other in self._connections if other.is_open), connection]

    # --- databases -------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        return self.card.read_only or followed().writer is not self

    @property
    def full(self) -> bool:
        return self.card.full

    def name_of(self, path: str) -> str | None:
        if not self.card.holds(path):
            return None
        name = self.card.name_of(path)
        self.card.databases.add(name)
        return name

    def about_to(self, step: Step, *, grows: bool = False) -> bool:
        if self.dead:
            return False  # whoever called hears it from the connection
        if followed().writer is not self and not (isinstance(step, Make) and step.file.endswith("-wal")):
            raise RuntimeError(f"{step} on the card at {self.card.folder}: {self.name} is not at work")
        self._count()
        if self.dead:
            return False
        if (code := self._refusal(step, grows=grows)) is not None:
            if isinstance(step, Sync):
                self.card.disk.apply(FailSync(step.file))
            raise apsw.exception_for(code)
        self.card.disk.apply(step)
        return True

    def _refusal(self, step: Step, *, grows: bool) -> int | None:
        card = self.card
        if card.read_only:
            return _READ_ONLY.get(type(step))
        if grows:
            return apsw.SQLITE_FULL
        return apsw.SQLITE_IOERR_FSYNC if card.fails and isinstance(step, Sync) else None

    # --- other files -----------------------------------------------------------------------

    def opening(self, path: str, flags: int) -> None:
        there = os.path.lexists(path)
        makes = bool(flags & os.O_CREAT) and not there
        if (there and flags & os.O_EXCL) or not (there or makes):
            return  # the kernel refuses it
        if (there and not os.path.isfile(path)) or not os.path.isdir(os.path.dirname(path)):  # noqa: PTH113, PTH112, PTH120
            return
        name = self._may(path)
        self._paths.add(path)
        if makes:
            if self.card.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            self.card.disk.apply(Make(name))
        self.card.disk.apply(Touch(name, emptied=bool(flags & os.O_TRUNC)))
        if self.card.full and flags & (os.O_TRUNC | os.O_APPEND):
            self._emptied(path, flags)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def renaming(self, path: str, to: str) -> None:
        if os.path.lexists(path):
            self._may(to)
            self.card.disk.apply(Rename(self._may(path, counts=False), self.card.name_of(to)))

    def removing(self, path: str) -> None:
        if os.path.lexists(path):
            name = self._may(path)
            if name in self.card.disk.names:
                self.card.disk.apply(Delete(name))

    def changing(self, path: str) -> None:
        self._may(path)

    def syncing(self, path: str) -> None:
        self._counted()
        name = None if os.path.isdir(path) else self.card.name_of(path)  # noqa: PTH112
        if name in self.card.disk.names:
            self.card.disk.apply(FailSync(name) if self.card.fails else Sync(name))
        if self.card.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        if name is None:
            self.card.disk.apply(SyncNames())

    # --- inside ----------------------------------------------------------------------------

    def _may(self, path: str, *, counts: bool = True) -> str:
        """The name of what is about to be changed, if it may be."""
        if not self.card.holds(path):
            raise RuntimeError(f"{path}: {self.name} writes on the card at {self.card.folder} only")
        if counts:
            self._counted()
        if self.card.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return self.card.name_of(path)

    def _emptied(self, path: str, flags: int) -> None:
        """On a full card a file can be opened for writing anew: then it is empty, and stays so."""
        if flags & os.O_TRUNC:
            with followed().unfollowed():
                os.truncate(path, 0)

    def _counted(self) -> None:
        self.must_live()
        self._count()
        self.must_live()

    def _count(self) -> None:
        self.card.writes += 1
        if self._left is not None:
            self._left -= 1
            self.dead = self._left <= 0


_READ_ONLY: dict[type, int] = {
    Write: apsw.SQLITE_IOERR_WRITE,
    Truncate: apsw.SQLITE_IOERR_TRUNCATE,
    Delete: apsw.SQLITE_IOERR_DELETE,
    Make: apsw.SQLITE_CANTOPEN,
}
"""What SQLite's own file layer says where the kernel says EROFS."""


def descriptors(of: Callable[[str], bool]) -> list[int]:
    """The open files of this process whose path is one of those."""
    found = []
    for entry in sorted(os.listdir("/proc/self/fd"), key=int):  # noqa: PTH208 - numbers
        with suppress(OSError):
            if of(str(Path(f"/proc/self/fd/{entry}").readlink())):
                found.append(int(entry))
    return found
