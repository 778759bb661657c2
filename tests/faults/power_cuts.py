"""Power cuts, enumerated: what a disk may hold when the power goes while a journal is being written.

A VFS under SQLite (APSW) writes down every write, sync, truncation and deletion that the journal makes, and
where in that log each event was reported as stored. A cut is a position in the log. What was synced before it
is on the disk; of what was not, each sector of each write may be there or not, in any order: some are
dropped, some torn. The disk is then put together and given to the gate's own code, with Debian's SQLite.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Self

import apsw

from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, CommandUse, Entry
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from tests.events import noted
from tests.one_card import ONE_CARD

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
SECTOR = 512


@dataclass(frozen=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True)
class Sync:
    file: str


@dataclass(frozen=True)
class Delete:
    file: str


@dataclass(frozen=True)
class Open:
    """A log was opened; SQLite syncs its folder with the first sync of it (`os_unix.c`, dirsync)."""

    file: str


@dataclass(frozen=True)
class Stored:
    """The journal said that this event would survive."""

    entry: Entry


Step = Write | Truncate | Sync | Delete | Open | Stored


class RecordingVFS(apsw.VFS):
    """The operating system's own, with a log of what changes files."""

    def __init__(self, name: str, log: list[Step]) -> None:
        self.log = log
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> RecordingFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        file = os.path.basename(path or "")  # noqa: PTH119
        if file.endswith(("-wal", "-journal")):
            self.log.append(Open(file))
        return RecordingFile(name, flags, file, self.log)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.log.append(Delete(os.path.basename(name)))  # noqa: PTH119
        super().xDelete(name, syncdir)


class RecordingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, file: str, log: list[Step]) -> None:
        self._file, self._log = file, log
        super().__init__("", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        self._log.append(Write(self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._log.append(Truncate(self._file, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._log.append(Sync(self._file))
        super().xSync(flags)


class AsSqlite3:
    """An APSW connection with the few ways of the standard library's that the journal uses."""

    def __init__(self, path: str | Path, vfs: str) -> None:
        self._connection = apsw.Connection(str(path), vfs=vfs)

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> _Answer:
        return _Answer(self._connection, self._connection.execute(query, values))

    def executescript(self, script: str) -> None:
        self._connection.execute(script)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


class _Answer:
    def __init__(self, connection: apsw.Connection, cursor: Any) -> None:
        self._cursor = cursor
        self.lastrowid = connection.last_insert_rowid()
        self.rowcount = connection.changes()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)

    def fetchone(self) -> Any:
        return next(iter(self._cursor), None)

    def fetchall(self) -> list[Any]:
        return list(self._cursor)


@contextmanager
def recorded(log: list[Step]) -> Iterator[None]:
    """The journal's connections go through a recording VFS meanwhile."""
    name = f"recording-{id(log)}"
    vfs = RecordingVFS(name, log)
    connect = sqlite3.connect

    def recording(path: str | Path, **options: Any) -> Any:
        # The reader changes nothing, and goes around the log.
        return connect(path, **options) if options.get("uri") else AsSqlite3(path, name)

    sqlite3.connect = recording  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = connect
        vfs.unregister()


@dataclass
class Disk:
    """What is on it: the bytes that were synced, and the steps since that may be there or not."""

    synced: dict[str, bytes] = field(default_factory=dict)
    pending: list[Write | Truncate | Delete] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)

    def apply(self, step: Step) -> None:
        match step:
            case Open(file=file):
                self.opened.add(file)
            case Sync(file=file):
                folder = file in self.opened
                self.opened.discard(file)
                self._sync(file, folder=folder)
            case Write() | Truncate() | Delete():
                self.pending.append(step)

    def _sync(self, file: str, *, folder: bool) -> None:
        self.synced.setdefault(file, b"")
        waiting, self.pending = self.pending, []
        for item in waiting:
            if folder and isinstance(item, Delete):
                self.pending = [other for other in self.pending if other.file != item.file]
                _apply(self.synced, item)
            elif item.file == file:
                _apply(self.synced, item)
            else:
                self.pending.append(item)

    def after_cut(self, random: Random) -> dict[str, bytes]:
        """One of the disks that a cut at this moment may leave behind."""
        files = dict(self.synced)
        style = random.choice(("none", "all", "some", "torn"))
        for item in self.pending if style != "none" else ():
            for piece in _pieces(item, torn=style == "torn"):
                if style == "all" or random.random() < 0.5:
                    _apply(files, piece)
        return files


def _pieces(item: Write | Truncate | Delete, *, torn: bool) -> Iterable[Write | Truncate | Delete]:
    if not torn or not isinstance(item, Write):
        return (item,)
    # A sector is written whole or not at all; sectors begin at multiples of their size in the file.
    cuts = [0, *range(SECTOR - item.offset % SECTOR, len(item.data), SECTOR), len(item.data)]
    pairs = [pair for pair in pairwise(cuts) if pair[1] > pair[0]]
    return [
        Write(item.file, item.offset + start, item.data[start:end]) for start, end in pairs if end > start
    ]


def _apply(files: dict[str, bytes], item: Write | Truncate | Delete) -> None:
    match item:
        case Delete(file=file):
            files.pop(file, None)
        case Truncate(file=file, size=size):
            files[file] = files.get(file, b"")[:size].ljust(size, b"\0")
        case Write(file=file, offset=offset, data=data):
            old = files.get(file, b"").ljust(offset, b"\0")
            files[file] = old[:offset] + data + old[offset + len(data) :]


@dataclass(frozen=True)
class Verdict:
    """What the gate found after a cut, or what is wrong with it."""

    cut: int
    problem: str = ""


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a disk of `folder`; the journal on it."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder / "journal.sqlite"


def survive(folder: Path, files: dict[str, bytes], promised: list[Entry], cut: int) -> Verdict:
    """Let the gate start on a disk; every promised event is there, the chain holds, it can go on."""
    path = put(folder, files)
    try:
        with open_journal(path, "main", WALL, ports=ONE_CARD) as journal:
            after = journal.append(noted("after"), WALL)
        with closing(sqlite3.connect(path)) as connection:
            [(answer,)] = connection.execute("PRAGMA integrity_check").fetchall()
        with closing(JournalReader(path)) as reader:
            broken = [str(item) for item in reader.verify()]
            held = {entry.sequence: entry.hash for entry in reader.every() if entry.epoch == after.epoch}
            cut_off = reader.pruned()
    except Exception as error:  # noqa: BLE001 - any failure is the finding
        return Verdict(cut, repr(error))
    gone = cut_off[after.epoch].sequence if after.epoch in cut_off else 0
    lost = [
        entry.sequence
        for entry in promised
        if entry.sequence > gone and held.get(entry.sequence) != entry.hash
    ]
    problems = [*broken, *(f"lost {sequence}" for sequence in lost)]
    if answer != "ok":
        problems.append(answer)
    if promised and after.epoch != promised[0].epoch:
        problems.append("a new epoch")
    return Verdict(cut, "; ".join(problems))


def cuts(log: list[Step], number: int, seed: int) -> Iterator[tuple[int, dict[str, bytes], list[Entry]]]:
    """`number` cuts spread over the log, each with a disk that it may leave and what was promised by then."""
    random = Random(seed)
    positions = sorted(
        [*range(len(log) + 1)] * (number // (len(log) + 1))
        + random.sample(range(len(log) + 1), number % (len(log) + 1))
    )
    disk, promised, done = Disk(), [], 0
    for position in positions:
        for step in log[done:position]:
            disk.apply(step)
            if isinstance(step, Stored):
                promised.append(step.entry)
        done = position
        yield position, disk.after_cut(random), list(promised)


def a_day_of_writing(path: Path, log: list[Step], *, synchronous: str = "FULL") -> None:
    """Events of all sizes, restarts, checkpoints, acknowledgements and pruning, all recorded."""
    random = Random(7)
    with recorded(log):
        for _ in range(3):
            with closing(open_journal(path, "main", WALL, ports=ONE_CARD)) as journal:
                _demote(journal, synchronous)
                for number in range(12):
                    entry = journal.append(noted("x" * random.randrange(6000)), WALL)
                    log.append(Stored(entry))
                    if number == 8:
                        acknowledgement = Acknowledgement(entry.epoch, entry.sequence, entry.hash, 0)
                        journal.acknowledge(acknowledgement, b"as it was signed", WALL)
                        journal.prune(keep=4, most=5)


def one_time_passes(path: Path, log: list[Step], number: int = 12) -> None:
    """Events that each use up a one-time pass and a command, recorded."""
    with recorded(log), closing(open_journal(path, "main", WALL, ports=ONE_CARD)) as journal:
        for _ in range(number):
            name = str(1 if (last := journal.last()) is None else last.sequence + 1)
            use = CommandUse(name, "aa", int(name), frozenset({"aa"}))
            log.append(Stored(journal.append(noted(), WALL, used_pass=name, used_command=use)))


def _demote(journal: Journal, synchronous: str) -> None:
    """Another PRAGMA than the product's, to see that the test can fail."""
    if synchronous != "FULL":
        assert journal._connection is not None
        journal._connection.execute(f"PRAGMA synchronous = {synchronous}")
