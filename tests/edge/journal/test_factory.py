"""Opening the journal: one writer, for its user's eyes, and never over what it cannot trust or understand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.tables import JournalDamaged, JournalInUse
from tests.events import noted

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_one_writer(path: Path) -> None:
    with open_journal(path, "main"), pytest.raises(JournalError, match="another process"):
        open_journal(path, "main")


def test_only_its_user_can_read_it(path: Path) -> None:
    open_journal(path, "main").close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_journal_of_a_newer_version_is_left_alone(path: Path) -> None:
    open_journal(path, "main").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="version 99"):
        open_journal(path, "main")
    assert path.read_bytes() == before


def test_a_second_writer_is_told_whose_journal_it_is_and_may_open_it_once_the_first_is_gone(
    path: Path,
) -> None:
    first = open_journal(path, "main")
    with pytest.raises(JournalInUse) as caught:
        open_journal(path, "main")
    assert str(path) in caught.value.where
    first.close()
    open_journal(path, "main").close()


def test_a_journal_that_is_refused_leaves_no_lock_behind(path: Path) -> None:
    path.write_bytes(b"no database at all, though it is long enough to look like one" * 100)
    for _ in range(2):  # a lock that stayed would make the second refusal another one
        with pytest.raises(JournalDamaged):
            open_journal(path, "main")


def test_the_chain_of_the_newest_events_is_checked(path: Path) -> None:
    with open_journal(path, "main") as journal:
        for number in range(5):
            journal.append(noted("x", number), WALL)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE event SET body = CAST(replace(body, 'x', 'y') AS BLOB) WHERE sequence = 3")
    with pytest.raises(JournalDamaged, match="broken chain"):
        open_journal(path, "main")


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    deep = tmp_path / "var" / "lib" / "journal.sqlite"
    open_journal(deep, "main").close()
    assert deep.is_file()
