"""What could not be stored is counted where a full disk cannot forbid it, and told once there is room."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, PassUse, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.format import CameraStateEvent, Entry, Event, JournalRecovered
from edge.journal.missed import Missed, missed_file
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from edge.journal.tables import JournalDamaged, JournalFull, JournalUnavailable
from tests.events import NOTED, decided, noted
from tests.faults.pulled_card import pull, put_back

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)

LONG = "x" * 9000


def full(journal: Journal) -> Callable[[], None]:
    """Let the store grow no more, as a full disk does; the function that ends it."""
    journal.append(noted("first"), WALL)
    connection = journal._connection
    assert connection is not None
    [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
    connect = sqlite3.connect

    def bounded(*values: object, **options: object) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(*values, **options)  # type: ignore[call-overload]
        made.execute(f"PRAGMA max_page_count = {pages}")
        return made

    connection.execute(f"PRAGMA max_page_count = {pages}")
    sqlite3.connect = bounded  # type: ignore[assignment]

    def end() -> None:
        sqlite3.connect = connect
        journal._disconnect()

    return end


def fill(journal: Journal, event: Event, count: int) -> None:
    for _ in range(count):
        with pytest.raises(JournalFull):
            journal.append(event, WALL)


def told(journal: Journal) -> Entry:
    with closing(sqlite3.connect(journal._path)) as connection:
        query = "SELECT count(*) FROM event WHERE kind = ?"
        [(count,)] = connection.execute(query, (JournalRecovered.kind,)).fetchall()
    assert count == 1, "told once"
    last = journal.last()
    assert last is not None
    return last


def test_a_full_disk_overwrites_nothing_and_what_it_cost_is_told_by_kind(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with open_journal(path, "main", WALL) as journal:
        end = full(journal)
        try:
            fill(journal, decided(near_miss=LONG), 3)
            fill(journal, CameraStateEvent("gone", LONG), 1)
            assert journal.missed == 4
        finally:
            end()
        assert journal.append(noted("after"), WALL).sequence == 3, (
            "the first event and the count come before it"
        )
    with closing(sqlite3.connect(path)) as connection:
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM event ORDER BY sequence")]
    assert kinds == [NOTED, "journal_recovered", NOTED]


def test_what_a_pulled_card_cost_is_counted_at_every_try_and_told_once_it_is_back(tmp_path: Path) -> None:
    card = tmp_path / "card"
    with open_journal(card / "journal.sqlite", "main", WALL) as journal:
        journal.append(noted("first"), WALL, used_pass="p1")
        away = pull(card)
        for missed in (1, 2, 3):
            with pytest.raises(JournalError):
                journal.append(decided(), WALL)
            assert journal.missed == missed
        assert journal.use_of("p2") is PassUse.UNKNOWN, "it cannot be asked"
        put_back(card, away)
        assert journal.append(noted("after"), WALL).sequence == 3
        assert (journal.missed, journal.use_of("p1"), journal.use_of("p2")) == (
            0,
            PassUse.USED,
            PassUse.UNUSED,
        )
    with closing(JournalReader(card / "journal.sqlite")) as reader:
        _, told_of, _ = reader.every()
        assert list(reader.verify()) == []
    assert told_of.content["kinds"] == {"access_decided": 3}


def test_a_store_that_is_damaged_when_it_comes_back_is_counted_too_and_answers_on_the_safe_side(
    tmp_path: Path,
) -> None:
    card = tmp_path / "card"
    with open_journal(card / "journal.sqlite", "main", WALL) as journal:
        away = pull(card)
        with pytest.raises(JournalError):
            journal.append(decided(), WALL)
        put_back(card, away)
        (card / "journal.sqlite").write_bytes(b"noise" * 1000)
        with pytest.raises(JournalDamaged):
            journal.append(decided(), WALL)
        assert journal.missed == 2
        assert journal.use_of("p1") is PassUse.UNKNOWN


def test_a_closed_journal_counts_nothing_since_the_count_is_the_next_writer_s(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    closed = open_journal(path, "main", WALL)
    closed.close()
    with open_journal(path, "main", WALL) as journal:
        with pytest.raises(JournalUnavailable, match="closed"):
            closed.append(decided(), WALL)
        assert missed_file(path).read().total == 0
        assert (closed.missed, journal.missed) == (0, 0)


def test_the_count_outlives_a_restart_on_the_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with open_journal(path, "main", WALL) as journal:
        end = full(journal)
        try:
            fill(journal, decided(near_miss=LONG), 3)
        finally:
            end()
    with open_journal(path, "main", WALL) as journal:
        assert journal.missed == 3
        journal.append(noted("after"), WALL)
        assert journal.missed == 0
    with open_journal(path, "main", WALL) as journal:
        assert journal.missed == 0
        told(journal)


def test_a_count_that_was_told_before_it_ended_is_not_told_again(tmp_path: Path) -> None:
    """The power went between the event that tells and the end of the count."""
    path = tmp_path / "journal.sqlite"
    file = missed_file(path)
    with open_journal(path, "main", WALL) as journal:
        missed = Missed().with_one("access_decided", WALL.at, bytes)
        file.write(missed)
        journal.append(missed.event(), WALL)
    with open_journal(path, "main", WALL) as journal:
        assert journal.missed == 0
        journal.append(noted("after"), WALL)
        told(journal)


@pytest.mark.parametrize("torn", [0, 1, 40, 4000])
def test_a_count_torn_by_a_power_cut_leaves_the_one_before(tmp_path: Path, torn: int) -> None:
    file = missed_file(tmp_path / "journal")
    file.make()
    first = Missed().with_one("a", WALL.at, bytes)
    file.write(first)
    second = first.with_one("a", WALL.at, bytes)
    before = (tmp_path / "journal.missed").read_bytes()
    file.write(second)
    assert file.read() == second
    after = (tmp_path / "journal.missed").read_bytes()
    slot = 4096 * (second.number % 2)
    half = after[slot : slot + torn] + before[slot + torn : slot + 4096]
    (tmp_path / "journal.missed").write_bytes(
        before[:slot] + half + before[slot + 4096 :] if half != after[slot : slot + 4096] else before
    )
    assert file.read() == first
