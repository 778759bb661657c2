"""Entries of a journal as a batch, and back. PURE."""

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
"""More bytes than a row takes besides its kind and body."""
_BATCH_OVERHEAD = 512


def batch_of(entries: Sequence[Entry], after: int) -> JournalBatch:
    """As many of `entries` (of one journal, oldest first, at least one) as one batch may hold.

    A batch ends where the epoch does, or the chain: what does not follow begins the next one. `after` is
    the sequence of that epoch that the gate had before the first.
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
    """The entries as the gate claims them; whether their hashes are right is for the reader to check.

    Raises MessageRefused (INVALID) for what no gate can have written.
    """
    if batch.first + len(batch.rows) > _MOST_SEQUENCE or batch.after >= batch.first:
        raise MessageRefused(
            MessageRefusal.INVALID, f"has sequences that cannot be: {batch.after}, {batch.first}"
        )
    previous, entries = batch.previous, []
    for sequence, row in enumerate(batch.rows, batch.first):
        (monotonic,) = _DOUBLE.unpack(row.monotonic)
        if not isfinite(monotonic):
            raise MessageRefused(MessageRefusal.INVALID, f"sequence {sequence} has a clock that is no number")
        said = asdict(row)
        said["sequence"], said["monotonic"], said["previous"] = sequence, monotonic, previous
        entries.append(Entry(batch.epoch, batch.gate, **said))
        previous = row.hash
    return tuple(entries)


def _row(entry: Entry) -> Row:
    said = {name: getattr(entry, name) for name in Row.__struct_fields__}
    return Row(**said | {"monotonic": _DOUBLE.pack(entry.monotonic)})


def _size(entry: Entry) -> int:
    return _ROW_OVERHEAD + len(entry.kind.encode()) + len(entry.body)


def _follows(entry: Entry, before: Entry) -> bool:
    return (entry.epoch, entry.gate, entry.sequence, entry.previous) == (
        before.epoch,
        before.gate,
        before.sequence + 1,
        before.hash,
    )
