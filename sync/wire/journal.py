"""Turns journal entries into a batch, and back. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import asdict

from edge.journal.format import START, Entry, is_whole, link
from edge.signing.cose import MessageRefusal, MessageRefused, double_bytes, double_of
from edge.support.decoding import Undecodable
from sync.wire.messages import MOST_BATCH_BYTES, MOST_ROWS, JournalBatch, Row

_MOST_SEQUENCE = 2**63 - 1
_ROW_OVERHEAD = 64
"""An upper bound for the bytes of a row besides its kind and body."""
_BATCH_OVERHEAD = 512


def batch_of(entries: Sequence[Entry], after: int) -> JournalBatch:
    """A batch of as many of `entries` as it may hold: of one journal, oldest first, at least one.

    A batch ends with its epoch, or where the chain breaks; the rest starts the next batch. `after` is the
    sequence of that epoch that the gate had before the first entry.
    """
    first = entries[0]
    taken = [first]
    size = _BATCH_OVERHEAD + _size(first)
    for entry in entries[1:MOST_ROWS]:
        size += _size(entry)
        if size > MOST_BATCH_BYTES or not _follows(entry, taken[-1]) or not is_sendable(entry):
            break
        taken.append(entry)
    rows = tuple(_row(entry) for entry in taken)
    return JournalBatch(first.epoch, first.gate, first.sequence, after, first.previous, rows, taken[-1].hash)


def entries_of(batch: JournalBatch) -> tuple[Entry, ...]:
    """The entries of `batch`, each with its own hash: one chain from `previous` to the batch's `hash`.

    Raises MessageRefused: INVALID for what no gate can have written, ALTERED where the rows lead elsewhere.
    """
    if batch.first + len(batch.rows) > _MOST_SEQUENCE or batch.after >= batch.first:
        raise _invalid(f"has impossible sequences: {batch.first} after {batch.after}")
    if batch.first == 1 and batch.previous != START:
        raise _invalid("names a predecessor of its first event, expected 32 zeros")
    entries, reached = [], batch.previous
    for sequence, row in enumerate(batch.rows, batch.first):
        entries.append(_entry(batch, sequence, row, reached))
        reached = entries[-1].hash
    if entries and reached != batch.hash:
        raise MessageRefused(
            MessageRefusal.ALTERED,
            f"sequence {batch.first} to {entries[-1].sequence} of epoch {batch.epoch.hex()[:8]} was altered: "
            f"its rows lead to the hash {reached.hex()[:16]}, expected {batch.hash.hex()[:16]}",
        )
    return tuple(entries)


def is_sendable(entry: Entry) -> bool:
    """Whether central can take `entry`; not what was altered in the gate's own store."""
    return is_whole(entry) and (entry.sequence > 1 or entry.previous == START)


def _follows(entry: Entry, before: Entry) -> bool:
    return (entry.epoch, entry.gate, entry.sequence, entry.previous) == (
        before.epoch,
        before.gate,
        before.sequence + 1,
        before.hash,
    )


def _entry(batch: JournalBatch, sequence: int, row: Row, previous: bytes) -> Entry:
    fields = asdict(row)
    try:
        fields["monotonic"] = double_of(row.monotonic)
    except Undecodable as error:
        raise _invalid(f"sequence {sequence}: the monotonic time is {error.what}") from None
    return link(epoch=batch.epoch, gate=batch.gate, sequence=sequence, previous=previous, **fields)


def _row(entry: Entry) -> Row:
    fields = {name: getattr(entry, name) for name in Row.__struct_fields__}
    return Row(**fields | {"monotonic": double_bytes(entry.monotonic)})


def _size(entry: Entry) -> int:
    return _ROW_OVERHEAD + len(entry.kind.encode()) + len(entry.body)


def _invalid(what: str) -> MessageRefused:
    return MessageRefused(MessageRefusal.INVALID, what)
