"""Central and the gates' journals: each event once, in any order, every gap and fork by name."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.journal.format import START, Entry, breaks
from edge.signing.cose import MessageRefused
from sync.central.journals.journals import (
    Finding,
    FindingKind,
    StoredBatch,
    entry_of,
    findings_of,
    store_batch,
)
from sync.central.store import Store
from sync.central.tables import event, forked_event
from sync.wire import JournalBatch, batch_of
from tests.sync.wire.examples import AT, DEVICE, EPOCH, chained


def sent(
    store: Store, entries: Sequence[Entry], after: int | None = None, device: str = DEVICE
) -> StoredBatch:
    """A batch of `entries`, taken and committed."""
    batch = batch_of(entries, entries[0].sequence - 1 if after is None else after)
    assert len(batch.rows) == len(entries)
    with store.writing() as connection:
        return store_batch(connection, device, batch, AT)


def asked(store: Store, epoch: bytes = EPOCH) -> StoredBatch:
    with store.writing() as connection:
        return store_batch(connection, DEVICE, JournalBatch(epoch, "main", 1, 0, START), AT)


def stored(store: Store) -> list[Entry]:
    with store.reading() as connection:
        query = sa.select(event).order_by(event.c.chain, event.c.sequence)
        return [entry_of(row, EPOCH, "main") for row in connection.execute(query)]


def found(store: Store) -> list[Finding]:
    with store.reading() as connection:
        return [item for item, _ in findings_of(connection)]


def kinds(taken: StoredBatch) -> list[tuple[FindingKind, int, int]]:
    return [(item.kind, item.first, item.last) for item in taken.findings]


def word(taken: StoredBatch) -> tuple[int, bytes]:
    return taken.acknowledgement.sequence, taken.acknowledgement.hash


def test_what_arrives_in_order_is_stored_and_acknowledged_with_its_hash(store: Store) -> None:
    journal = chained(5)
    assert word(sent(store, journal[:2])) == (2, journal[1].hash)
    assert word(sent(store, journal[2:])) == (5, journal[4].hash)
    assert stored(store) == journal
    assert list(breaks(stored(store), from_start=True)) == []
    assert found(store) == []


def test_what_arrives_twice_is_stored_once_and_answered_again(store: Store) -> None:
    journal = chained(5)
    assert sent(store, journal).stored == 5
    again = sent(store, journal)
    assert (again.stored, word(again), again.findings) == (0, (5, journal[4].hash), ())
    overlapping = sent(store, journal[3:])
    assert (overlapping.stored, word(overlapping)) == (0, (5, journal[4].hash))
    assert stored(store) == journal


def test_batches_in_any_order_are_the_same_in_the_end_and_only_the_prefix_is_acknowledged(
    store: Store,
) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        journal = chained(8, epoch=bytes([number] * 16))
        arrived: set[int] = set()
        for batch in order:
            taken = sent(store, journal[2 * batch : 2 * batch + 2])
            arrived.add(batch)
            whole = next((n for n in range(5) if n not in arrived), 4)
            assert word(taken) == (2 * whole, journal[2 * whole - 1].hash if whole else START), order
            assert taken.findings == ()
        assert stored(store)[-8:] == [replace(entry, epoch=EPOCH) for entry in journal]


def test_batches_that_overtook_one_are_acknowledged_when_it_arrives(store: Store) -> None:
    journal = chained(1300)
    for first in range(1200, 0, -100):
        assert word(sent(store, journal[first : first + 100])) == (0, START)
    assert word(sent(store, journal[:100])) == (1300, journal[-1].hash)


def test_a_question_is_answered_and_stores_nothing(store: Store) -> None:
    assert word(asked(store)) == (0, START)
    journal = chained(3)
    sent(store, journal)
    assert word(asked(store)) == (3, journal[2].hash)
    assert word(asked(store, bytes(16))) == (0, START)
    assert stored(store) == journal


def test_a_gap_that_the_gate_declares_is_named_once_and_passed(store: Store) -> None:
    journal = chained(9)
    sent(store, journal[:3])
    taken = sent(store, journal[6:], after=3)
    assert kinds(taken) == [(FindingKind.MISSING, 4, 6)]
    assert word(taken) == (9, journal[8].hash)
    assert sent(store, journal[6:], after=3).findings == ()


def test_a_gap_that_the_gate_did_not_declare_is_waited_for(store: Store) -> None:
    journal = chained(9)
    sent(store, journal[:3])
    assert word(sent(store, journal[6:])) == (3, journal[2].hash)
    assert found(store) == []
    assert word(sent(store, journal[3:6])) == (9, journal[8].hash)


def test_a_gap_is_declared_while_what_is_before_it_is_still_on_the_way(store: Store) -> None:
    journal = chained(9)
    taken = sent(store, journal[6:], after=3)
    assert (word(taken), kinds(taken)) == ((0, START), [(FindingKind.MISSING, 4, 6)])
    assert word(sent(store, journal[:3])) == (9, journal[8].hash)


def test_what_central_has_is_not_missing_whatever_a_gate_forgot(store: Store) -> None:
    """A gate that pruned what was acknowledged, and lost the acknowledgement."""
    journal = chained(9)
    sent(store, journal[:5])
    taken = sent(store, journal[5:], after=0)
    assert (word(taken), taken.findings) == ((9, journal[8].hash), ())


def test_a_centre_restored_from_a_backup_asks_again_and_names_what_is_lost(store: Store) -> None:
    """The gate got an acknowledgement of 6 and pruned 1 to 4; central's backup has 2."""
    journal = chained(9)
    sent(store, journal[:2])
    taken = sent(store, journal[4:], after=2)
    assert kinds(taken) == [(FindingKind.MISSING, 3, 4)]
    assert word(taken) == (9, journal[8].hash)


def forked(at: int, count: int) -> tuple[list[Entry], list[Entry]]:
    """Two journals with one beginning."""
    one = chained(count)
    two = one[: at - 1]
    for entry in chained(count, size=1)[at - 1 :]:
        from edge.journal.format.chain import link

        fields: dict[str, Any] = {
            name: getattr(entry, name)
            for name in ("epoch", "gate", "sequence", "at", "trust", "monotonic", "kind", "body")
        }
        two.append(link(**fields, previous=two[-1].hash if two else START))
    return one, two


def test_a_chain_that_forks_is_named_and_neither_branch_is_lost(store: Store) -> None:
    one, two = forked(4, 6)
    sent(store, one)
    taken = sent(store, two[2:])
    assert kinds(taken) == [(FindingKind.FORKED, 4, 4)]
    assert word(taken) == (6, one[5].hash), "the other store sees that this is not its own event"
    assert sent(store, two[2:]).findings == ()
    assert stored(store) == one
    with store.reading() as connection:
        kept = connection.execute(sa.select(forked_event.c.sequence, forked_event.c.hash)).all()
    assert sorted(tuple(row) for row in kept) == [(e.sequence, e.hash) for e in two[3:]]


def test_two_devices_with_one_epoch_are_two_devices_from_one_card(store: Store) -> None:
    one, two = forked(4, 6)
    sent(store, one)
    taken = sent(store, two, device="gp-0002")
    assert kinds(taken) == [(FindingKind.CLONED, 0, 0)]
    assert word(taken) == (6, two[5].hash), "each has its own journal, and no number collides"
    assert len(stored(store)) == 12


def test_a_restored_card_with_a_new_epoch_collides_with_nothing(store: Store) -> None:
    sent(store, chained(5))
    taken = sent(store, chained(3, epoch=bytes(range(1, 17))))
    assert (taken.acknowledgement.sequence, taken.findings) == (3, ())
    assert len(stored(store)) == 8


def test_a_broken_link_is_named_by_its_sequence(store: Store) -> None:
    sent(store, chained(3))
    elsewhere = chained(6, size=1)
    assert kinds(sent(store, elsewhere[3:])) == [(FindingKind.BROKEN, 4, 4)]
    assert asked(store).acknowledgement.sequence == 6


def test_a_broken_link_is_seen_also_where_the_later_batch_came_first(store: Store) -> None:
    elsewhere, journal = chained(6, size=1), chained(6)
    sent(store, elsewhere[3:])
    assert kinds(sent(store, journal[:3])) == [(FindingKind.BROKEN, 4, 4)]


def test_a_batch_that_cannot_be_leaves_nothing_behind(store: Store) -> None:
    batch = replace(batch_of(chained(3), 0), after=7)
    with pytest.raises(MessageRefused), store.writing() as connection:
        store_batch(connection, DEVICE, batch, AT)
    assert stored(store) == []


def test_ingesters_that_share_a_gate_lose_nothing_and_acknowledge_all(store: Store) -> None:
    """Four at once, each batch twice, in any order; the last commit acknowledges the whole."""
    journal = chained(120)
    batches = [journal[n : n + 10] for n in range(0, 120, 10)] * 2
    random.Random(7).shuffle(batches)
    words, failures = [], []
    lock = threading.Lock()

    def ingest() -> None:
        while True:
            with lock:
                if not batches:
                    return
                batch = batches.pop()
            try:
                taken = sent(store, batch)
            except Exception as error:  # noqa: BLE001 - told below
                failures.append(error)
                return
            with lock:
                words.append(word(taken))

    threads = [threading.Thread(target=ingest) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stored(store) == journal
    assert max(words) == (120, journal[-1].hash)
    assert found(store) == []
