"""The counter of commands: greater than any before, whatever becomes of clock, process and database."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from sync.central.command_counter import next_counter
from sync.central.store import Store, migrate_store, open_store
from tests.sync.wire.examples import AT

KEY, OTHER = b"12345678", b"87654321"


def counted(store: Store, now: int, issuer: bytes = KEY) -> int:
    with store.writing() as connection:
        return next_counter(connection, issuer, now)


@pytest.mark.parametrize(
    ("clock", "counters"),
    [
        ([AT], [AT]),
        ([AT, AT + 5], [AT, AT + 5]),
        ([AT, AT, AT], [AT, AT + 1, AT + 2]),
        ([AT, AT - 10**9, AT + 1, AT + 9], [AT, AT + 1, AT + 2, AT + 9]),
    ],
    ids=["the first", "later", "at once", "with a clock set back"],
)
def test_a_counter_is_the_time_or_one_more_than_the_last(
    store: Store, clock: list[int], counters: list[int]
) -> None:
    assert [counted(store, now) for now in clock] == counters


def test_each_key_counts_for_itself(store: Store) -> None:
    assert [counted(store, AT), counted(store, 7, OTHER), counted(store, 7)] == [AT, 7, AT + 1]


def test_a_counter_goes_on_after_a_restart(database: str) -> None:
    migrate_store(database)
    given_out = []
    for _ in range(2):
        with closing(open_store(database)) as store:
            given_out.append(counted(store, AT))
    assert given_out == [AT, AT + 1]


def test_two_who_order_at_once_get_two_counters(store: Store) -> None:
    given_out: list[int] = []

    def order() -> None:
        given_out.extend(counted(store, AT) for _ in range(10))

    threads = [threading.Thread(target=order) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given_out) == list(range(AT, AT + 20))


def test_a_database_from_a_backup_counts_on_from_the_time(tmp_path: Path) -> None:
    """What it gave out since the backup it does not know: the time since then is greater than all of that."""
    path = tmp_path / "central.sqlite"
    url = f"sqlite:///{path}"
    migrate_store(url)
    with closing(open_store(url)) as store:
        counted(store, AT)
    backup = path.read_bytes()
    with closing(open_store(url)) as store:
        since = [counted(store, AT + n // 9) for n in range(90)]
    for file in tmp_path.glob("central.sqlite*"):
        file.unlink()
    path.write_bytes(backup)
    with closing(open_store(url)) as store:
        assert counted(store, AT + 10**6) > max(since)
