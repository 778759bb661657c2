"""The live feed shows each access once, whichever of several ingesters stores it, in whatever order."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack

import sqlalchemy as sa

from sync.central.accesses.accesses import feed_after
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.wire import batch_of
from tests.events import decided
from tests.sync.central.accesses.examples import journal
from tests.sync.wire.examples import AT, DEVICE

GATES = {DEVICE: "main", "gp-0002": "rear"}


def fed(store: Store, after: int) -> tuple[list[tuple[str, int]], int]:
    """What the feed shows after `after`, and where it then is."""
    with store.reading() as connection:
        found = feed_after(connection, EVERYWHERE, after, 7)
    return [(each.device, each.sequence) for each in found], found[-1].number if found else after


def test_what_was_numbered_first_and_committed_last_is_not_passed_over(store: Store) -> None:
    """Two ingesters on PostgreSQL; SQLite's writers queue, so that there is nothing to pass over."""
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            return
    one = batch_of(journal([decided()] * 2), 0)
    two = batch_of(journal([decided()] * 3, gate="rear", epoch=bytes(16)), 0)
    with ExitStack() as first:
        earlier = first.enter_context(store.writing())
        store_batch(earlier, DEVICE, one, AT, FOLLOWERS)
        with store.writing() as later:
            store_batch(later, "gp-0002", two, AT, FOLLOWERS)
        assert fed(store, 0) == ([], 0), "an earlier number may still come"
    shown, place = fed(store, 0)
    assert shown == [(DEVICE, 1), (DEVICE, 2), ("gp-0002", 1), ("gp-0002", 2), ("gp-0002", 3)]
    assert fed(store, place) == ([], place)


def test_an_ingester_that_gives_up_holds_nothing_back(store: Store) -> None:
    try:
        with store.writing() as connection:
            store_batch(connection, DEVICE, batch_of(journal([decided()] * 2), 0), AT, FOLLOWERS)
            raise KeyError
    except KeyError:
        pass
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal([decided()]), 0), AT, FOLLOWERS)
    assert fed(store, 0)[0] == [(DEVICE, 1)]


def test_two_ingesters_out_of_order_and_a_reader_meanwhile(store: Store) -> None:
    """The batches of two gates, in any order and each twice, by two threads; the reader follows all along."""
    whole = {
        device: journal([decided()] * 40, gate=gate, epoch=gate.encode() * 4)
        for device, gate in GATES.items()
    }
    batches = [(device, n) for device in GATES for n in range(0, 40, 5)] * 2
    random.Random(3).shuffle(batches)
    lock, stored = threading.Lock(), threading.Event()
    failures: list[Exception] = []

    def ingest() -> None:
        try:
            while True:
                with lock:
                    if not batches:
                        return
                    device, first = batches.pop()
                with store.writing() as connection:
                    store_batch(
                        connection, device, batch_of(whole[device][first : first + 5], first), AT, FOLLOWERS
                    )
                stored.set()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=ingest) for _ in range(2)]
    for thread in threads:
        thread.start()
    shown: list[tuple[str, int]] = []
    place = 0
    stored.wait(60)
    while any(thread.is_alive() for thread in threads):
        more, place = fed(store, place)
        shown += more
    while more := fed(store, place)[0]:
        _, place = fed(store, place)
        shown += more
    assert failures == []
    assert len(shown) == len(set(shown))
    assert set(shown) == {(device, n) for device in GATES for n in range(1, 41)}


def test_the_lock_of_the_feed_says_nothing_of_other_locks(store: Store) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal([decided()]), 0), AT, FOLLOWERS)
    with store.writing() as other:
        if other.dialect.name == "postgresql":
            other.execute(sa.text("SELECT pg_advisory_xact_lock(0), pg_advisory_xact_lock(7, 0)"))
        assert fed(store, 0)[0] == [(DEVICE, 1)]
