"""Several processes of a centre on one database: who does what for all, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from sync.central.loops import NEEDS
from sync.central.processes import leasing
from sync.central.processes.leases import HELD_FOR, give_back, held_by, take
from sync.central.processes.leasing import LeasedLoops
from sync.central.processes.outdated import parts_of_newer
from sync.central.processes.registering import RUNS_FOR, CentreProcess, misfits, now_of, register, running
from sync.central.processes.tables import centre_process
from sync.central.processes.watching import CentreWatch
from sync.central.store import Store, StoreError, newest_schema, open_store
from sync.central.units import DAY, SECOND
from tests.sync.migrated import MigratedCopies, empty
from tests.waiting import soon

ONE = CentreProcess("central-1", "a", "north", "2.0", newest_schema(), "ingester", 100, 100)


@pytest.fixture
def server(postgresql_url: str, migrated: MigratedCopies) -> Iterator[Store]:
    empty(postgresql_url)
    migrated.fill(postgresql_url)
    with closing(open_store(postgresql_url)) as store:
        yield store


def test_a_lease_is_one_processs_until_it_ends_or_is_given_back(store: Store) -> None:
    both = {"reports", "history"}
    with store.writing() as connection:
        assert take(connection, ["reports"], "a", 1_000) == {"reports": 1}
        assert take(connection, both, "b", 1_000 + HELD_FOR - 1) == {"history": 1}
        assert held_by(connection, 2_000) == {"a": ("reports",), "b": ("history",)}
        assert take(connection, both, "a", 2_000) == {"reports": 1}, "renewed: no new term"
        assert take(connection, ["reports"], "b", 2_000 + HELD_FOR) == {"reports": 2}
        assert take(connection, ["reports"], "a", 2_000 + HELD_FOR) == {}, "it was away too long"
        give_back(connection, both, "a")
        assert take(connection, ["reports"], "a", 2_001 + HELD_FOR) == {}, "it gives back its own only"
        give_back(connection, both, "b")
        assert take(connection, both, "a", 2_001 + HELD_FOR) == {"reports": 3, "history": 2}


def test_a_lease_from_before_the_clock_was_set_back_holds_no_longer_than_another(store: Store) -> None:
    """A server began in 2099, and whoever held the leases died before its clock was right."""
    with store.writing() as connection:
        assert take(connection, ["reports"], "a", 1_000 + DAY) == {"reports": 1}
        assert take(connection, ["reports"], "b", 1_000 + DAY - HELD_FOR) == {}, (
            "a clock is set by some seconds"
        )
        assert held_by(connection, 1_000) == {}
        assert take(connection, ["reports"], "b", 1_000) == {"reports": 2}
        assert take(connection, ["reports"], "a", 2_000) == {}, "who lives sees that it is another's"
        assert held_by(connection, 2_000) == {"b": ("reports",)}


class Work:
    """A loop that says when it works, until it is stopped or breaks."""

    def __init__(self) -> None:
        self.works, self.breaks = Event(), Event()

    def run(self, stop: Event) -> None:
        self.works.set()
        soon(lambda: stop.is_set() or self.breaks.is_set(), within=600.0)
        self.works.clear()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "RENEWED_EVERY", 0.05)


@contextmanager
def leased(store: Store, holder: str, **loops: Work) -> Iterator[LeasedLoops]:
    made, stop = LeasedLoops(store, holder, loops, lambda: 0, needs=NEEDS), Event()
    thread = Thread(target=made.run, args=(stop,))
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        thread.join()


@pytest.mark.usefixtures("hasty")
def test_one_of_two_works_and_the_other_once_it_has_ended(server: Store) -> None:
    one, other, its_own = Work(), Work(), Work()
    with leased(server, "b", history=other, reports=its_own) as second:
        soon(other.works.is_set, "nobody works")
        with leased(server, "a", history=one):
            with server.writing() as connection:
                assert take(connection, ["history"], "c", now_of(connection, 0)) == {}
            assert not one.works.is_set()
            its_own.breaks.set()
            soon(lambda: not its_own.works.is_set(), "it does not break")
            its_own.breaks.clear()
            soon(its_own.works.is_set, "what ended by itself does not begin anew")
            with server.writing() as connection:
                give_back(connection, ["history"], "b")
                assert take(connection, ["history"], "c", now_of(connection, 0)) == {"history": 2}
            soon(lambda: not second.holds("history"), "it goes on with what another holds")
            assert second.holds("reports")
            soon(lambda: not other.works.is_set(), "it works on")
            with server.writing() as connection:
                give_back(connection, ["history"], "c")
            soon(lambda: one.works.is_set() or other.works.is_set(), "nobody takes it")
    assert not any(each.works.is_set() for each in (one, other, its_own))
    with server.reading() as connection:
        assert held_by(connection, now_of(connection, 0)) == {}


@pytest.mark.usefixtures("hasty")
def test_an_older_process_leaves_to_a_newer_one_what_that_can_do(server: Store) -> None:
    newer = replace(ONE, id="central-2", schema="9999", parts="console ingester")
    history, publishing = Work(), Work()
    with leased(server, "a", history=history, publishing=publishing) as older:
        soon(lambda: history.works.is_set() and publishing.works.is_set(), "it does not work")
        with server.writing() as connection:
            register(connection, newer, now_of(connection, 0))
        soon(lambda: not older.holds("history") and not history.works.is_set(), "it does not give way")
        assert older.holds("publishing"), "who else would publish?"
        with server.writing() as connection:
            assert take(connection, ["history"], "b", now_of(connection, 0)) == {"history": 2}, "at once"


@pytest.mark.usefixtures("hasty")
def test_a_database_that_is_away_for_a_moment_ends_nobodys_work(server: Store) -> None:
    clock, gone, work = [0.0], Event(), Work()
    asked: list[None] = []

    class Away(Store):
        @contextmanager
        def writing(self) -> Iterator[sa.Connection]:
            asked.append(None)
            if gone.is_set():
                raise StoreError("is away")
            with super().writing() as connection:
                yield connection

    with closing(open_store(server.name, Away)) as store:
        made, stop = LeasedLoops(store, "a", {"history": work}, lambda: 0, lambda: clock[0]), Event()
        thread = Thread(target=made.run, args=(stop,))
        thread.start()
        soon(work.works.is_set, "nobody works")
        gone.set()
        count = len(asked)
        clock[0] = HELD_FOR / SECOND - 0.1
        soon(lambda: len(asked) > count + 3, "it does not ask")
        assert work.works.is_set()
        clock[0] = HELD_FOR / SECOND
        soon(lambda: not work.works.is_set(), "another may have it by now")
        gone.clear()
        soon(work.works.is_set, "it does not come back")
        stop.set()
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
    found = [*misfits([ONE, other], newest_schema())]
    assert (said in str(found[0])) if said else found == []


def test_who_was_not_seen_lately_does_not_run(store: Store) -> None:
    with store.writing() as connection:
        register(connection, ONE, 1_000)
        register(connection, replace(ONE, id="central-2"), 1_000 + RUNS_FOR)
        assert [each.id for each in running(connection, 1_000 + RUNS_FOR)] == ["central-1", "central-2"]
        assert [each.id for each in running(connection, 1_001 + RUNS_FOR)] == ["central-2"]


def test_who_was_seen_before_the_clock_was_set_back_does_not_run(store: Store) -> None:
    """Else one that was started again would be two of one id until the clock is there again."""
    with store.writing() as connection:
        register(connection, replace(ONE, schema="9999"), 1_000 + DAY)
        assert running(connection, 1_000) == []
        assert parts_of_newer(connection, newest_schema(), 1_000) == frozenset()
        assert parts_of_newer(connection, newest_schema(), 1_000 + DAY) == {"ingester"}


@pytest.mark.parametrize("at", [1_000, 1_000 + 60 * DAY])
def test_who_was_seen_long_ago_or_long_before_the_clock_was_set_back_is_forgotten(
    store: Store, at: int
) -> None:
    now = 1_000 + 30 * DAY
    with store.writing() as connection:
        register(connection, ONE, at - 1 if at < now else at + 1)
        register(connection, replace(ONE, id="central-2"), at)
        register(connection, replace(ONE, id="central-3"), now)
        kept = connection.execute(sa.select(centre_process.c.id)).scalars().all()
    assert sorted(kept) == ["central-2", "central-3"]


def test_two_of_one_id_see_each_other(server: Store) -> None:
    watches = [CentreWatch(server, replace(ONE, run=run), lambda: 0) for run in "ab"]
    for watch in (*watches, *watches):
        watch.look()
    for watch in watches:
        [said] = watch.misfits
        assert str(said).startswith("two processes are central-1")
