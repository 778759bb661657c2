"""Central and the gates' journals: each event once, in any order, every gap and fork by name."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.journal.format import START, Entry, breaks, link
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.central.journals.chains import without
from sync.central.journals.findings import Finding, FindingKind, findings_of
from sync.central.journals.journals import (
    FIRST_REACH,
    REACH,
    StoredBatch,
    entry_of,
    record_altered,
    store_batch,
)
from sync.central.journals.reading import EventReader
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


def fields_of(entry: Entry) -> dict[str, Any]:
    """What is hashed of an event."""
    return {name: getattr(entry, name) for name in Entry.__struct_fields__[:-1]}


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


def beside(store: Store) -> list[int]:
    """The sequences of the events of other histories."""
    with store.reading() as connection:
        query = sa.select(forked_event.c.sequence).order_by(forked_event.c.sequence)
        return list(connection.execute(query).scalars())


def test_what_follows_another_event_than_the_one_stored_is_not_acknowledged_with_it(store: Store) -> None:
    """Of two stores with one epoch the second sends 4 to 6, and its 1 to 3 are still on their way."""
    one, two = forked(2, 6)
    sent(store, one[:3])
    taken = sent(store, two[3:])
    assert kinds(taken) == [(FindingKind.FORKED, 4, 4)]
    assert word(taken) == (3, one[2].hash)
    assert beside(store) == [4, 5, 6]
    assert word(sent(store, one[3:])) == (6, one[5].hash), "the first store goes on"


def test_what_came_early_makes_room_for_what_leads_on_from_the_prefix(store: Store) -> None:
    one, two = forked(2, 6)
    assert word(sent(store, two[3:])) == (0, START)
    taken = sent(store, one[:3])
    assert (word(taken), kinds(taken)) == ((3, one[2].hash), [(FindingKind.FORKED, 4, 4)])
    assert word(sent(store, one[3:])) == (6, one[5].hash)
    assert (stored(store), beside(store)) == (one, [4, 5, 6])


def test_a_break_that_the_gate_declares_is_named_and_passed(store: Store) -> None:
    """Its third event was written anew, with its own hash: what the fourth follows is lost."""
    journal, anew = chained(6), forked(3, 6)[1]
    sent(store, anew[:3])
    taken = sent(store, journal[3:], after=2)
    assert kinds(taken) == [(FindingKind.BROKEN, 4, 4)]
    assert word(taken) == (6, journal[5].hash)


@given(st.sets(st.integers(1, 12)), st.integers(1, 12), st.integers(0, 5))
def test_what_is_left_of_a_gap_is_what_no_other_one_has(taken: set[int], first: int, more: int) -> None:
    ranges = [(number, number + 1) for number in sorted(taken)]
    covered = taken | {number + 1 for number in taken}
    left = without(first, first + more, ranges)
    numbers = [number for begin, end in left for number in range(begin, end + 1)]
    assert numbers == [number for number in range(first, first + more + 1) if number not in covered]


def test_a_longer_gap_from_where_a_shorter_one_was_declared_is_a_gap_too(store: Store) -> None:
    """The wire brought both before what precedes them; the shorter one was of what the gate lost later."""
    one, two = forked(8, 12)
    sent(store, one[7:9], after=4)
    sent(store, two[10:], after=4)
    assert word(sent(store, one[:4])) == (12, two[11].hash)
    assert {(item.first, item.last) for item in found(store) if item.kind is FindingKind.MISSING} == {
        (5, 7),
        (8, 10),
    }


def test_an_epoch_is_of_one_gate_for_its_name_is_in_every_hash(store: Store) -> None:
    """Under another name, what is read back would not have the hash under which it is stored."""
    journal, elsewhere = chained(4), chained(4, gate="rear")
    altered = replace(batch_of(elsewhere[:2], 0), hash=bytes(range(32)))
    with store.writing() as connection:
        record_altered(connection, DEVICE, altered, AT)
    sent(store, journal[:2])
    for entries in (elsewhere[2:], [link(**fields_of(journal[2]) | {"gate": "rear"})]):
        with pytest.raises(MessageRefused) as refused:
            sent(store, entries)
        assert refused.value.refusal is MessageRefusal.INVALID
    sent(store, journal[2:])
    with store.reading() as connection:
        assert [item.entry for item in EventReader().newest(connection, 9)] == journal


@pytest.mark.parametrize(("highest", "reach"), [(0, FIRST_REACH), (5, 5 + REACH)])
def test_a_batch_may_begin_only_where_a_chain_can_reach(store: Store, highest: int, reach: int) -> None:
    """Of an epoch that is new to it, central cannot know: the gate may have written for years."""
    if highest:
        sent(store, chained(highest))
    fields = fields_of(chained(1)[0])
    fields["previous"] = bytes(range(32))
    reached, beyond = (link(**fields | {"sequence": reach + more}) for more in (0, 1))
    with pytest.raises(MessageRefused) as refused:
        sent(store, [beyond])
    assert refused.value.refusal is MessageRefusal.UNREACHABLE
    assert sent(store, [reached]).stored == 1


def test_what_came_early_of_what_is_then_declared_lost_stays_if_it_leads_on(store: Store) -> None:
    one, two = forked(5, 9)
    sent(store, one[:3])
    sent(store, one[6:7])  # the seventh came early, and the fifth of another store
    sent(store, two[4:5])
    taken = sent(store, one[7:], after=3)
    assert (kinds(taken), word(taken)) == ([(FindingKind.MISSING, 4, 6)], (9, one[8].hash))
    assert (stored(store), beside(store)) == ([*one[:3], *one[6:]], [5])


def open_findings(store: Store) -> list[tuple[int, int, bool]]:
    """First and last of each finding in the order of the sequences, and whether it has not ended."""
    return sorted((item.first, item.last, item.ended_at is None) for item in found(store))


@pytest.mark.parametrize(
    ("arrives", "then"),
    [
        ([(4, 9)], [(4, 9, False)]),
        ([(7, 9)], [(4, 6, True), (7, 9, False)]),
        ([(7, 9), (5, 6)], [(4, 4, True), (5, 6, False), (7, 9, False)]),
        ([(4, 6)], [(4, 9, True)]),
        ([(4, 6), (7, 9)], [(4, 9, False)]),
        ([(6, 7), (4, 5)], [(4, 9, True)]),
        ([(6, 7), (4, 5), (8, 9)], [(4, 9, False)]),
        ([(1, 12)], [(4, 9, False)]),
    ],
)
def test_what_was_missing_is_so_no_more_when_it_arrives(
    store: Store, arrives: list[tuple[int, int]], then: list[tuple[int, int, bool]]
) -> None:
    """An event counts once the one after it, which central has, names its hash; till then it lies beside."""
    journal = chained(12)
    sent(store, journal[:3])
    sent(store, journal[9:], after=3)
    assert open_findings(store) == [(4, 9, True)]
    for first, last in arrives:
        taken = sent(store, journal[first - 1 : last])
        assert (word(taken), taken.findings) == ((12, journal[-1].hash), ())
    assert open_findings(store) == then
    assert {entry.hash for entry in stored(store)} <= {entry.hash for entry in journal}


def test_what_arrives_in_place_of_what_was_missing_and_does_not_lead_on_is_another_history(
    store: Store,
) -> None:
    one, two = forked(4, 9)
    sent(store, one[:3])
    sent(store, one[6:], after=3)
    assert kinds(sent(store, two[3:5])) == [], "nothing tells yet which history it is of"
    taken = sent(store, two[3:6])
    assert (kinds(taken), beside(store)) == ([(FindingKind.FORKED, 4, 4)], [4, 5, 6])
    assert word(sent(store, one[3:6])) == (9, one[8].hash)
    assert stored(store) == one


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
