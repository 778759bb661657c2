"""Opens the journal for writing: locked against a second writer, and checked."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.format import breaks
from edge.journal.ports import REAL_PORTS, JournalPorts
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from edge.journal.tables import JournalDamaged, JournalInUse, connected, explained, make_file
from edge.journal.used import UsedUp
from edge.journal.used_copy import UsedCopy
from edge.signing.cose import instant
from edge.support.storage import REAL_STORAGE, Storage

_UNSET = WallTime(instant(0), ClockTrust.UNTRUSTED)
_CHECKED_AT_START = 20_000
"""How many of the newest events are checked at a start; `verify` checks all."""


def open_journal(
    path: Path,
    gate: str,
    wall: WallTime | None = None,
    copy: UsedCopy | None = None,
    ports: JournalPorts = REAL_PORTS,
) -> Journal:
    """Open the journal of `gate` at `path` for writing, making it where there is none.

    A store that was copied from where it was made (edge.support.medium) continues in a new epoch, whose first
    event records it at `wall`. Used passes and nonces are kept in `copy` too, and restored from it.

    Raises JournalError where another process writes it, JournalDamaged where it is unreadable or its
    chain is broken (`edge.journal.salvage` makes a new one of what is intact).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _locked(path.with_name(path.name + ".lock"), path)
    make_file(path)
    journal = Journal(path, gate, lock, ports.storage.medium(path), UsedUp(copy), ports)
    try:
        check_at_start(path, ports.storage)
        journal.finish_start(wall or _UNSET)
    except sqlite3.Error as error:
        journal.close()
        raise explained(error, path) from error
    except JournalError:
        journal.close()
        raise
    return journal


def check_at_start(path: Path, storage: Storage = REAL_STORAGE) -> None:
    """Run SQLite's own check, then check the chain of the newest events; raises JournalDamaged."""
    with closing(connected(path, storage)) as connection:
        try:
            [(answer,), *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer != "ok":
            raise JournalDamaged(f"is damaged: {answer}", where=str(path))
    with closing(JournalReader(path, storage)) as reader:
        found = next(
            breaks(reader.newest(_CHECKED_AT_START), gaps=reader.gaps(), pruned=reader.pruned()), None
        )
    if found is not None:
        raise JournalDamaged(f"has a broken chain: {found}", where=str(path))


def _locked(lock_path: Path, path: Path) -> int:
    descriptor = os.open(lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise JournalInUse(
            "another process writes this journal", where=str(path), remedy="stop the gate that is running"
        ) from None
    return descriptor
