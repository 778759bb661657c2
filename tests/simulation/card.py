"""A gate's card: real files in one folder, every change of which is followed, refused, torn or cut off.

What processes see lies in the folder; what a power cut leaves is kept beside it (`disk`). Databases are
followed by their file layer (`sqlite_files`), other files by what Python tells (`plain_files`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import cast

from edge.support.medium import identity
from edge.support.storage import Storage
from tests.simulation.card_user import CardUser, ProcessKilled, descriptors
from tests.simulation.disk import Disk
from tests.simulation.plain_files import followed
from tests.simulation.sqlite_files import Connection, WatchedFiles

__all__ = ["Card", "CardUser", "ProcessKilled", "Snapshot"]

_MEMORY = "-shm"
"""What SQLite shares between connections: memory, mapped from a file, and worth nothing after a cut."""
_NOISE = 4096
_DATABASE = (".sqlite", "-wal", "-journal")
_NO_STATE = (*_DATABASE, ".lock", ".missed", ".end", ".toml", ".pem", ".key", ".pub", ".crt")


@dataclass(frozen=True)
class Snapshot:
    """What lay on a card at one moment, each file with its own number."""

    files: dict[str, bytes]
    numbers: dict[str, int]


class Card:
    """One card in one computer. `folder` should lie in memory; what lies in it already lies on the card.

    `now` is true time in seconds. `full` refuses what needs more space (ENOSPC), `read_only` every change
    (EROFS), `fails` every sync (EIO). `writes` counts changes and syncs; `let_go` how often those who only
    look have lost their connections, since nobody else held the databases any more.
    """

    def __init__(self, folder: Path, seed: int, now: Callable[[], float] = lambda: 0.0) -> None:
        self.folder = folder.resolve()
        self.full = self.read_only = self.fails = False
        self.writes = self.let_go = 0
        self._prefix = f"{self.folder}/"
        self._now = now
        random = Random(seed)
        self._identity = random.randbytes(16).hex(), random.randbytes(16).hex()
        self.disk = Disk(self._look, now, Random(seed))
        self.disk.lay(self._lying())
        self._users: list[CardUser] = []
        self._nobody = CardUser(self, "nobody")
        self.databases: set[str] = set()
        self._vfs_name = f"card-{id(self)}"
        self._vfs = WatchedFiles(self._vfs_name, self._at_work, random)
        followed().folders.append(self._prefix)

    def close(self) -> None:
        """End every process, and follow the folder no longer."""
        self._end_all()
        self._vfs.unregister()
        followed().folders.remove(self._prefix)
        for descriptor in descriptors(lambda path: path.startswith(f"/memfd:{self._vfs_name}")):
            os.close(descriptor)

    def process(self, name: str) -> CardUser:
        """One life of a process: a context in which all that is written here is written by it."""
        user = CardUser(self, name)
        self._users = [*(other for other in self._users if not other.dead), user]
        return user

    def storage(self) -> Storage:
        """The product's storage on this card. Outside every process it reads only."""
        return Storage(self.connect, self.medium)

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:  # noqa: ARG002
        """Open a database on this card for whoever is at work. A lock is waited for by nobody (`timeout`)."""
        user = self._at_work()
        made = Connection(path, self._vfs_name, user.must_live, read_only=read_only)
        user.opened(made)
        return cast("sqlite3.Connection", made)

    def medium(self, path: Path) -> str:
        """What identifies this file on this card in this computer, as `edge.support.medium` has it."""
        path.stat()
        return identity(str(self.disk.names[self.name_of(path)].number), *self._identity)

    # --- what happens to it ----------------------------------------------------------------

    def cut_power(self, random: Random) -> None:
        """End every process; on the card is one of the disks that a cut at this moment may leave."""
        self._end_all()
        self._lay(self.disk.cut(random))

    def snapshot(self) -> Snapshot:
        """What lies on the card as its processes see it, as a copy that somebody makes."""
        numbers = {name: file.number for name, file in self.disk.names.items()}
        return Snapshot(self._lying(), numbers)

    def restore(self, snapshot: Snapshot, *, file_by_file: bool) -> None:
        """Put a copy back: as an image (files have their old numbers) or file by file (they have new ones).

        Every process has ended before.
        """
        self._refuse_while_written("restore")
        self._lay(snapshot.files)
        self.disk.lay(snapshot.files, None if file_by_file else snapshot.numbers)

    def clone(self, folder: Path, seed: int) -> Card:
        """Copy the card, block by block, to another one in another computer."""
        copy, found = Card(folder, seed, self._now), self.snapshot()
        copy._lay(found.files)
        copy.disk.lay(found.files, found.numbers)
        return copy

    def damage_journal(self, random: Random, name: str = "journal.sqlite") -> str:
        """Put 4 kB of noise into the middle of a database; where. Every process has ended before."""
        self._refuse_while_written("damage_journal")
        files = self._lying()
        damaged = max((name, f"{name}-wal"), key=lambda found: len(files.get(found, b"")))
        data = bytearray(files[damaged])
        pages = max(1, len(data) // _NOISE)
        start = _NOISE * random.randrange(pages // 4, max(pages // 4 + 1, 3 * pages // 4))
        data[start : start + _NOISE] = random.randbytes(_NOISE)
        self._put(files, damaged, bytes(data))
        return f"{damaged} from byte {start}"

    def damage_state_file(self, random: Random, among: Callable[[str], bool] | None = None) -> str:
        """Empty a file that is no database, cut it, or change one byte of it; which, or "" if there is none.

        Configuration and keys are left alone. Every process has ended before.
        """
        self._refuse_while_written("damage_state_file")
        files = self._lying()
        names = [
            name
            for name, data in files.items()
            if data and not name.endswith(_NO_STATE) and (among is None or among(name))
        ]
        if not names:
            return ""
        name = random.choice(names)
        data = bytearray(files[name])
        match random.choice(("emptied", "cut", "changed")):
            case "emptied":
                data.clear()
            case "cut":
                del data[random.randrange(len(data)) :]
            case _:
                data[random.randrange(len(data))] ^= random.randrange(1, 256)
        self._put(files, name, bytes(data))
        return name

    # --- for who uses it -------------------------------------------------------------------

    def name_of(self, path: Path | str) -> str:
        """A file's name on this card; raises ValueError where it lies elsewhere."""
        found = str(path)
        if not found.startswith(self._prefix):
            raise ValueError(f"{found} does not lie on the card at {self.folder}")
        return found[len(self._prefix) :]

    def holds(self, path: str) -> bool:
        return path.startswith(self._prefix)

    def left(self) -> None:
        """A process has ended. What databases share in memory goes with the last that held them."""
        if not any(user.holds_databases for user in self._users) and self._nobody.holds_databases:
            self._nobody.let_go()
            self.let_go += 1

    def forget(self, descriptor: int) -> None:
        """Let a dead process's open file be none: its lock ends, its number stays taken until `close`."""
        nothing = os.memfd_create(self._vfs_name)
        os.dup2(nothing, descriptor, inheritable=False)
        os.close(nothing)

    # --- inside ----------------------------------------------------------------------------

    def _at_work(self) -> CardUser:
        writer = followed().writer
        return writer if isinstance(writer, CardUser) and writer.card is self else self._nobody

    def _end_all(self) -> None:
        for user in (*self._users, self._nobody):
            user.kill()
        self._users, self._nobody = [], CardUser(self, "nobody")
        self.let_go += 1

    def _refuse_while_written(self, what: str) -> None:
        living = [user.name for user in self._users if not user.dead]
        if living:
            raise RuntimeError(f"{what}: {', '.join(living)} still run; kill them or cut the power first")
        self._end_all()

    def _look(self, name: str) -> bytes:
        with suppress(OSError):
            return (self.folder / name).read_bytes()
        return b""

    def _lying(self) -> dict[str, bytes]:
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {self.name_of(path): path.read_bytes() for path in paths if not path.name.endswith(_MEMORY)}

    def _put(self, files: dict[str, bytes], name: str, data: bytes) -> None:
        numbers = {found: file.number for found, file in self.disk.names.items()}
        files[name] = data
        self._lay(files)
        self.disk.lay(files, numbers)

    def _lay(self, files: dict[str, bytes]) -> None:
        """Let these files lie in the folder, and no others."""
        with followed().unfollowed():
            for path in sorted(self.folder.rglob("*")):
                if path.is_file() and (self.name_of(path) not in files or path.name.endswith(_MEMORY)):
                    path.unlink()
            for name, data in files.items():
                path = self.folder / name
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch(mode=0o600)
                if path.read_bytes() != data:
                    path.write_bytes(data)
