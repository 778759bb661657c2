"""Several processes of a centre on one database: who does what for all, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event, Thread

import pytest

from sync.central.processes import leasing
from sync.central.processes.leasing import HELD_FOR, LeasedLoop, give_back, take
from sync.central.processes.registering import RUNS_FOR, CentreProcess, misfits, register, running
from sync.central.processes.watching import CentreWatch
from sync.central.store import Store, migrate_store, open_store
from tests.waiting import soon

ONE = CentreProcess("central-1", "a", "north", "2.0", "0043", "ingester", 100, 100)


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Store]:
    migrate_store(postgresql_url)
    with closing(open_store(postgresql_url)) as store:
        yield store


def test_a_lease_is_one_processs_until_it_ends_or_is_given_back(store: Store) -> None:
    with store.writing() as connection:
        assert take(connection, "reports", "a", 1_000) == 1
        assert take(connection, "reports", "b", 1_000 + HELD_FOR - 1) is None
        assert take(connection, "reports", "a", 2_000) == 1, "renewed: no new term"
        assert take(connection, "reports", "b", 2_000 + HELD_FOR) == 2
        assert take(connection, "reports", "a", 2_000 + HELD_FOR) is None, "it was away too long"
        give_back(connection, "reports", "a")
        assert take(connection, "reports", "a", 2_001 + HELD_FOR) is None, "it gives back its own only"
        give_back(connection, "reports", "b")
        assert take(connection, "reports", "a", 2_001 + HELD_FOR) == 3


class Work:
    """A loop that says when it works."""

    def __init__(self) -> None:
        self.works = Event()

    def run(self, stop: Event) -> None:
        self.works.set()
        stop.wait()
        self.works.clear()


def test_one_of_two_works_and_the_other_once_it_has_ended(
    server: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "RENEWED_EVERY", 0.05)
    works, stops = (Work(), Work()), (Event(), Event())
    threads = [
        Thread(target=LeasedLoop(server, "history", name, work, lambda: 0).run, args=(stop,))
        for name, work, stop in zip("ab", works, stops, strict=True)
    ]
    threads[0].start()
    soon(works[0].works.is_set, "nobody works")
    threads[1].start()
    with server.writing() as connection:
        assert take(connection, "history", "c", 0) is None
    assert not works[1].works.is_set()
    stops[0].set()
    soon(works[1].works.is_set, "the other does not take over")
    assert not works[0].works.is_set()
    stops[1].set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(ONE, run="b", host="south", started_at=90, seen_at=110), "two processes are central-1"),
        (replace(ONE, run="b", started_at=110, seen_at=120), ""),  # the one before it has ended
        (replace(ONE, id="central-2", version="1.9"), "central-1 2.0, central-2 1.9"),
        (replace(ONE, id="central-2", schema="0042"), "knows the schema up to 0042"),
        (replace(ONE, id="central-2"), ""),
    ],
)
def test_what_does_not_fit_of_two_processes_is_said(other: CentreProcess, said: str) -> None:
    found = [*misfits([ONE, other], "0043")]
    assert (said in found[0]) if said else found == []


def test_who_was_not_seen_lately_does_not_run(store: Store) -> None:
    with store.writing() as connection:
        register(connection, ONE, 1_000)
        register(connection, replace(ONE, id="central-2"), 1_000 + RUNS_FOR)
        assert [each.id for each in running(connection, 1_000 + RUNS_FOR)] == ["central-1", "central-2"]
        assert [each.id for each in running(connection, 1_001 + RUNS_FOR)] == ["central-2"]


def test_two_of_one_id_see_each_other(server: Store) -> None:
    watches = [CentreWatch(server, replace(ONE, run=run), lambda: 0) for run in "ab"]
    for watch in (*watches, *watches):
        watch.look()
    for watch in watches:
        [said] = watch.misfits
        assert said.startswith("two processes are central-1")
