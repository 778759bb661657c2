"""Journal entries as a batch, and back: what comes out is what went in."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import ClockTrust
from edge.journal.format import MOST_BODY_BYTES, Entry, breaks
from edge.journal.format.chain import link
from edge.signing.cose import MessageRefusal, MessageRefused, microseconds
from edge.signing.cose.envelope import MOST_OVERHEAD
from sync.wire import (
    JournalBatch,
    batch_of,
    entries_of,
    is_sendable,
    open_message,
    seal_message,
)
from sync.wire.messages import MOST_BATCH_BYTES
from tests.examples import tried
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS, chained

EARLIEST = microseconds(datetime.min.replace(tzinfo=UTC))
LATEST = microseconds(datetime.max.replace(tzinfo=UTC))
entries = st.builds(
    link,
    epoch=st.binary(min_size=16, max_size=16),
    gate=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60),
    sequence=st.integers(2, 2**62),
    at=st.integers(EARLIEST, LATEST),
    trust=st.sampled_from(ClockTrust),
    monotonic=st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
    kind=st.from_regex(r"\A[a-z_]{1,60}\Z"),
    body=st.binary(max_size=300),
    previous=st.binary(min_size=32, max_size=32),
)


@given(entries)
def test_an_entry_comes_out_of_a_batch_as_it_went_in(entry: Entry) -> None:
    out = seal_message(batch_of([entry], entry.sequence - 1), DEVICE, KEY)
    batch = open_message(out.topic, out.data, KEYS).message
    assert isinstance(batch, JournalBatch)
    assert entries_of(batch) == (entry,)


@settings(max_examples=tried(30))
@given(count=st.integers(1, 150), size=st.integers(0, 12_000))
def test_batches_hold_what_fits_and_leave_nothing_out(count: int, size: int) -> None:
    journal = chained(count, size=size)
    sent: list[Entry] = []
    while len(sent) < count:
        out = seal_message(batch_of(journal[len(sent) :], len(sent)), DEVICE, KEY)
        assert len(out.data) <= MOST_BATCH_BYTES + MOST_OVERHEAD
        batch = open_message(out.topic, out.data, KEYS).message
        assert isinstance(batch, JournalBatch)
        sent.extend(entries_of(batch))
    assert sent == journal
    assert list(breaks(sent, from_start=True)) == []


def test_the_largest_event_fits_into_a_batch() -> None:
    [plain] = chained(1)
    head = len(b"\x69near_miss\x79\x40\x00")
    [entry] = chained(1, size=MOST_BODY_BYTES - len(plain.body) - head)
    assert len(entry.body) == MOST_BODY_BYTES
    out = seal_message(batch_of([entry] * 3, 0), DEVICE, KEY)
    assert open_message(out.topic, out.data, KEYS).device == DEVICE


def test_a_batch_ends_where_the_epoch_or_the_chain_does() -> None:
    one, two = chained(3), chained(3, epoch=bytes(16))
    assert len(batch_of([*one, *two], 0).rows) == 3
    assert len(batch_of([one[0], one[2]], 0).rows) == 1
    broken = replace(one[1], previous=bytes(31) + b"x")
    assert len(batch_of([one[0], broken, one[2]], 0).rows) == 1
    assert batch_of([broken, one[2]], 1).previous == broken.previous


def test_a_batch_ends_before_an_event_that_was_altered_at_the_gate() -> None:
    journal = chained(3)
    altered = replace(journal[1], body=b"{}")
    assert not is_sendable(altered)
    batch = batch_of([journal[0], altered, journal[2]], 0)
    assert (len(batch.rows), batch.hash) == (1, journal[0].hash)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        {"at": AT},
        {"trust": ClockTrust.HOLDOVER},
        {"monotonic": struct.pack(">d", 1.5)},
        {"kind": "gate_started"},
        {"body": b'{"outcome":"deny"}'},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_batch_of_which_one_field_was_altered_is_refused(place: int, change: dict[str, Any]) -> None:
    batch = batch_of(chained(3), 0)
    rows = [*batch.rows]
    rows[place] = replace(rows[place], **change)
    with pytest.raises(MessageRefused) as refused:
        entries_of(replace(batch, rows=tuple(rows)))
    assert refused.value.refusal is MessageRefusal.ALTERED


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": bytes(16)},
        {"gate": "side"},
        {"first": 3, "after": 2},
        {"previous": bytes(31) + b"x"},
        {"hash": bytes(32)},
        {"rows": batch_of(chained(4)[1:], 1).rows[:2]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_batch_whose_own_words_were_altered_is_refused(change: dict[str, Any]) -> None:
    batch = batch_of(chained(4)[1:], 1)
    with pytest.raises(MessageRefused) as refused:
        entries_of(replace(batch, **change))
    assert refused.value.refusal is MessageRefusal.ALTERED


def test_a_first_event_follows_nothing() -> None:
    batch = replace(batch_of(chained(1), 0), previous=bytes(31) + b"x")
    with pytest.raises(MessageRefused, match="32 zeros") as refused:
        entries_of(batch)
    assert refused.value.refusal is MessageRefusal.INVALID


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_an_event_with_a_monotonic_time_that_is_not_finite_is_refused(number: float) -> None:
    batch = batch_of(chained(1), 0)
    with pytest.raises(MessageRefused, match="not a finite number"):
        entries_of(replace(batch, rows=(replace(batch.rows[0], monotonic=struct.pack(">d", number)),)))


@pytest.mark.off_schema
@pytest.mark.parametrize("at", [2**63 - 1, -(2**63), LATEST + 1, EARLIEST - 1])
def test_an_event_of_a_time_that_is_none_is_refused(at: int) -> None:
    batch = batch_of(chained(1), 0)
    out = seal_message(replace(batch, rows=(replace(batch.rows[0], at=at),)), DEVICE, KEY)
    with pytest.raises(MessageRefused) as refused:
        open_message(out.topic, out.data, KEYS)
    assert refused.value.refusal is MessageRefusal.INVALID


@pytest.mark.parametrize(("first", "after"), [(1, 1), (5, 9), (2**63 - 1, 0)])
def test_sequences_that_cannot_be_are_refused(first: int, after: int) -> None:
    with pytest.raises(MessageRefused, match="impossible"):
        entries_of(replace(batch_of(chained(1), 0), first=first, after=after))
