"""What a journal takes from the computer that it runs on comes by its ports, and from nowhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from edge.counting.store import open_store
from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.feed.pages import JournalPages
from edge.journal.format import FeedRequest
from edge.journal.ports import JournalPorts
from edge.journal.reader import JournalReader
from edge.journal.retrying import RetryingJournal, retrying_journal
from edge.journal.store import Journal
from edge.journal.used_copy import UsedCopy
from edge.support.storage import Storage, connect
from tests.events import noted

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


class Computer:
    """A computer whose every answer is known; `opened` are the databases that were asked of it."""

    def __init__(self, seed: int = 1) -> None:
        self.opened: list[tuple[str, bool]] = []
        self.clock = 100.0
        random = Random(seed)
        self.storage = Storage(self.connect, lambda path: f"a card with {path.name}")
        self.ports = JournalPorts(self.storage, lambda: self.clock, random.randbytes)

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        self.opened.append((path.name, read_only))
        return connect(path, read_only=read_only, timeout=timeout)


def journalled(folder: Path, computer: Computer) -> bytes:
    """What a gate's life leaves in a journal: events, a salvage, events that could not be stored."""
    path = folder / "journal.sqlite"
    folder.mkdir()
    with closing(UsedCopy(folder / "used" / "used.sqlite", computer.storage)) as copy:
        for round_ in range(2):
            journal = retrying_journal(path, "main", lambda: WALL, copy, computer.ports)
            with closing(journal):
                journal.append(noted("first"), WALL)
                computer.clock += 1.5
                journal.append(noted("second"), WALL, used_pass=f"p{round_}")
            if round_ == 0:
                _spoil(path)
        with closing(JournalReader(path, computer.storage)) as reader:
            return b"".join(entry.hash for entry in reader.every())


def _spoil(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE event SET body = x'00' WHERE sequence = 1")


def test_the_same_answers_make_the_same_journal_to_the_byte(tmp_path: Path) -> None:
    first, again, other = Computer(), Computer(), Computer(seed=2)
    journals = [journalled(tmp_path / str(n), item) for n, item in enumerate((first, again, other))]
    assert journals[0] == journals[1]
    assert journals[0] != journals[2], "an epoch's id is drawn from what was handed in"
    assert first.opened == again.opened


def test_every_database_is_opened_by_the_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect
    storage = Storage(lambda path, **_: real(path, isolation_level=None), lambda _: "a card")
    monkeypatch.setattr(sqlite3, "connect", _past_the_port)
    path = tmp_path / "journal.sqlite"
    with (
        closing(UsedCopy(tmp_path / "used" / "used.sqlite", storage)) as copy,
        open_journal(path, "main", WALL, copy, JournalPorts(storage)) as journal,
    ):
        journal.append(noted("first"), WALL, used_pass="p1")
    with closing(JournalPages(path, storage)) as pages:
        assert b"first" in pages.packet(FeedRequest(None, 0, 10))
    open_store(tmp_path / "counts.sqlite", storage).close()


def _past_the_port(*_: object, **__: object) -> sqlite3.Connection:
    raise AssertionError("opened past the port")


def test_a_count_of_what_was_missed_is_named_by_the_port() -> None:
    def no_card() -> Journal:
        raise OSError(30, "Read-only file system")

    names = []
    for seed in (1, 1, 2):
        journal = RetryingJournal(no_card, Computer(seed).ports)
        with pytest.raises(JournalError):
            journal.append(noted("missed"), WALL)
        names.append(journal._missed.name)
    assert names[0] == names[1] != names[2]
