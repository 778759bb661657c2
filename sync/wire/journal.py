"""Turns journal entries into a batch, and back. PURE."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isfinite

from msgspec.structs import asdict

from edge.journal.format import Entry
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.wire.messages import MOST_BATCH_BYTES, MOST_ROWS, JournalBatch, Row

_DOUBLE = struct.Struct(">d")
_MOST_SEQUENCE = 2**63 - 1
_ROW_OVERHEAD = 96
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
        if size > MOST_BATCH_BYTES or not _follows(entry, taken[-1]):
            break
        taken.append(entry)
    rows = tuple(_row(entry) for entry in taken)
    return JournalBatch(first.epoch, first.gate, first.sequence, after, first.previous, rows)


def entries_of(batch: JournalBatch) -> tuple[Entry, ...]:
    """The entries of `batch` as the gate claims them; their hashes are not verified here.

    Raises MessageRefused (INVALID) for what no gate can have written.
    """
    if batch.first + len(batch.rows) > _MOST_SEQUENCE or batch.after >= batch.first:
        raise MessageRefused(
            MessageRefusal.INVALID, f"has impossible sequences: {batch.first} after {batch.after}"
        )
    previous, entries = batch.previous, []
    for sequence, row in enumerate(batch.rows, batch.first):
        (monotonic,) = _DOUBLE.unpack(row.monotonic)
        if not isfinite(monotonic):
            raise MessageRefused(
                MessageRefusal.INVALID, f"sequence {sequence}: the monotonic time is not finite"
            )
        fields = asdict(row)
        fields["sequence"], fields["monotonic"], fields["previous"] = sequence, monotonic, previous
        entries.append(Entry(batch.epoch, batch.gate, **fields))
        previous = row.hash
    return tuple(entries)


def _row(entry: Entry) -> Row:
    fields = {name: getattr(entry, name) for name in Row.__struct_fields__}
    return Row(**fields | {"monotonic": _DOUBLE.pack(entry.monotonic)})


def _size(entry: Entry) -> int:
    return _ROW_OVERHEAD + len(entry.kind.encode()) + len(entry.body)


def _follows(entry: Entry, before: Entry) -> bool:
    return (entry.epoch, entry.gate, entry.sequence, entry.previous) == (
        before.epoch,
        before.gate,
        before.sequence + 1,
        before.hash,
    )
