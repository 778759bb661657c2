"""Power cuts, enumerated: what a disk may hold when the power goes while a journal is being written.

A file layer under SQLite (tests/simulation/sqlite_files.py) writes down every write, sync, truncation and
deletion that the journal makes, and where in that log each event was reported as stored. A cut is a position
in the log; tests/simulation/disk.py says what may be left of it. The disk is then put together and given to
the gate's own code, with Debian's SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import cast

from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, CommandUse, Entry
from edge.journal.ports import JournalPorts
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from tests.events import noted
from tests.one_card import ONE_CARD
from tests.simulation.disk import Delete, Disk, Make, Step
from tests.simulation.sqlite_files import Connection, WatchedFiles, Watcher

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


@dataclass(frozen=True)
class Stored:
    """The journal said that this event would survive."""

    entry: Entry


Log = list[Step | Stored]


class _Recorder(Watcher):
    """Writes down what is done to a database and its companions, by their names."""

    read_only = full = False

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: set[str] = set()

    def name_of(self, path: str) -> str:
        name = Path(path).name
        if name not in self._known and Path(path).exists():  # the product makes the first one itself
            self.about_to(Make(name))
        return name

    def about_to(self, step: Step, *, grows: bool = False) -> bool:  # noqa: ARG002
        match step:
            case Make(file=name):
                self._known.add(name)
            case Delete(file=name):
                self._known.discard(name)
        self._log.append(step)
        return True


@contextmanager
def recorded(log: Log) -> Iterator[JournalPorts]:
    """What a journal is opened with, so that all that is done to its files is in the log."""
    name, recorder = f"recording-{id(log)}", _Recorder(log)
    vfs = WatchedFiles(name, lambda: recorder, Random(1))

    def connect(path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:  # noqa: ARG001
        made = Connection(path, name, lambda: None, read_only=read_only)
        return cast("sqlite3.Connection", made)

    try:
        yield replace(ONE_CARD, storage=replace(ONE_CARD.storage, connect=connect))
    finally:
        vfs.unregister()


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


def cuts(log: Log, number: int, seed: int) -> Iterator[tuple[int, dict[str, bytes], list[Entry]]]:
    """`number` cuts spread over the log, each with a disk that it may leave and what was promised by then."""
    random = Random(seed)
    positions = sorted(
        [*range(len(log) + 1)] * (number // (len(log) + 1))
        + random.sample(range(len(log) + 1), number % (len(log) + 1))
    )
    disk, promised, done = Disk(lambda _: b""), [], 0
    for position in positions:
        for step in log[done:position]:
            if isinstance(step, Stored):
                promised.append(step.entry)
            else:
                disk.apply(step)
        done = position
        yield position, disk.after_cut(random), list(promised)


def a_day_of_writing(path: Path, log: Log, *, synchronous: str = "FULL") -> None:
    """Events of all sizes, restarts, checkpoints, acknowledgements and pruning, all recorded."""
    random = Random(7)
    with recorded(log) as ports:
        for _ in range(3):
            with closing(open_journal(path, "main", WALL, ports=ports)) as journal:
                _demote(journal, synchronous)
                for number in range(12):
                    entry = journal.append(noted("x" * random.randrange(6000)), WALL)
                    log.append(Stored(entry))
                    if number == 8:
                        acknowledgement = Acknowledgement(entry.epoch, entry.sequence, entry.hash, 0)
                        journal.acknowledge(acknowledgement, b"as it was signed", WALL)
                        journal.prune(keep=4, most=5)


def one_time_passes(path: Path, log: Log, number: int = 12) -> None:
    """Events that each use up a one-time pass and a command, recorded."""
    with recorded(log) as ports, closing(open_journal(path, "main", WALL, ports=ports)) as journal:
        for _ in range(number):
            name = str(1 if (last := journal.last()) is None else last.sequence + 1)
            use = CommandUse(name, "aa", int(name), frozenset({"aa"}))
            log.append(Stored(journal.append(noted(), WALL, used_pass=name, used_command=use)))


def _demote(journal: Journal, synchronous: str) -> None:
    """Another PRAGMA than the product's, to see that the test can fail."""
    if synchronous != "FULL":
        assert journal._connection is not None
        journal._connection.execute(f"PRAGMA synchronous = {synchronous}")
