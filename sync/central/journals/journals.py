"""The gates' journals at central: each event once, every gap and every fork seen.

`store_batch` runs in its caller's transaction. It locks the chain that it writes, so that several ingesters
may take batches of the same gate in any order: the later one sees what the earlier one has stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import OWN_FIELDS, Acknowledgement, Entry, entry_from, own_fields
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.central.bulk import insert_rows
from sync.central.history.events import EventRow, links_between
from sync.central.journals.chains import (
    HeldChain,
    acknowledgement_of,
    chain_of,
    check_gate,
    declared_lost,
    extend_prefix,
    lock_chain,
    save_chain,
    without,
)
from sync.central.journals.core import ChainLink, Placement, kept_before, place
from sync.central.journals.findings import Finding, FindingKind, end_where_arrived, record_findings
from sync.central.journals.following import Follower, tell_arrived
from sync.central.journals.passes import used_after_all, used_before
from sync.central.store import insert_unless_there
from sync.central.tables import event, forked_event
from sync.wire import JournalBatch, entries_of

REACH = 2**24
"""How far beyond the highest stored event of an epoch a batch may begin."""
FIRST_REACH = 2**32
"""The same where no event of it is stored: a gate of many years that has another id now, or whose centre lost
everything, must be heard. It has no more events than this.
"""


@dataclass(frozen=True)
class StoredBatch:
    """The result of storing a batch: the acknowledgement to sign after the commit, and the new findings."""

    acknowledgement: Acknowledgement
    stored: int
    findings: tuple[Finding, ...]


def store_batch(
    connection: sa.Connection,
    device: str,
    batch: JournalBatch,
    now: int,
    followers: Sequence[Follower] = (),
) -> StoredBatch:
    """Store what is new in `batch`, and tell `followers`. Raises MessageRefused for what no gate can have
    written.

    `now` is microseconds since 1970 UTC.
    """
    entries = entries_of(batch)
    if not entries:
        held_now = chain_of(connection, device, batch.epoch)
        return StoredBatch(acknowledgement_of(held_now, batch.epoch, now), 0, ())
    held, found = lock_chain(connection, device, batch)
    check_gate(connection, held, batch)
    _check_reach(held, batch)
    placed = place(entries, batch.after, held.prefix, _stored_around(connection, held, entries))
    if not placed.beside:
        found += _declare_lost(connection, held, entries[0], batch.after, followers)
    found += _contradictions(held, placed)
    arrived = _write(connection, held, placed, now, followers)
    found += [
        Finding(device, held.epoch, FindingKind.REUSED, use.sequence, use.sequence, detail)
        for use, detail in used_before(connection, device, held.number, arrived)
    ]
    new = record_findings(connection, held.number, found, now)
    end_where_arrived(connection, held.number, [entry.sequence for entry in arrived], now)
    tell_arrived(followers, connection, device, held.number, arrived, now)
    _advance(connection, held, placed)
    return StoredBatch(acknowledgement_of(held, batch.epoch, now), len(arrived), new)


def record_altered(
    connection: sa.Connection, device: str, batch: JournalBatch, now: int
) -> tuple[Finding, ...]:
    """Record that `batch` was altered, of which nothing is stored; returns the new findings.

    It is about those of its events that are not stored; where all are, it is over already.
    """
    held, found = lock_chain(connection, device, batch)
    last = batch.first + len(batch.rows) - 1
    there = _links(connection, held, batch.first, last)
    open_ = [sequence for sequence in range(batch.first, last + 1) if sequence not in there]
    first, last = (open_[0], open_[-1]) if open_ else (batch.first, last)
    detail = "of a batch whose events do not lead to its hash; nothing of it was stored"
    ended_at = None if open_ else now
    found.append(Finding(device, held.epoch, FindingKind.ALTERED, first, last, detail, ended_at))
    return record_findings(connection, held.number, found, now)


def entry_of(row: sa.Row[tuple[object, ...]] | EventRow, epoch: bytes, gate: str) -> Entry:
    """The journal entry in a row of `event`, as the gate wrote it."""
    return entry_from(epoch, gate, [getattr(row, name) for name in OWN_FIELDS])


# --- inside --------------------------------------------------------------------------------


def _check_reach(held: HeldChain, batch: JournalBatch) -> None:
    most = held.highest + REACH if held.highest else FIRST_REACH
    if batch.first > most:
        raise MessageRefused(
            MessageRefusal.UNREACHABLE,
            f"begins at sequence {batch.first} of epoch {batch.epoch.hex()[:8]}: expected {most} at most, "
            f"since {held.highest} is the highest here",
        )


def _stored_around(
    connection: sa.Connection, held: HeldChain, entries: Sequence[Entry]
) -> dict[int, ChainLink]:
    """The stored events from the one before `entries` to the one after them."""
    first, last = entries[0].sequence - 1, entries[-1].sequence + 1
    if first == held.prefix == held.highest:  # the usual case: the next run
        return {first: ChainLink(held.hash, b"")} if first else {}
    if first > held.highest:
        return {}
    links, ours = _links(connection, held, first, last), {entry.sequence: entry for entry in entries}
    # What a rule of retention deleted was here: what comes again for it is taken for the same.
    deleted = [sequence for sequence, link in links.items() if not link.hash]
    for sequence in deleted:
        entry = ours.get(sequence)
        if entry is None:
            del links[sequence]
        else:
            links[sequence] = ChainLink(entry.hash, entry.previous)
    return links


def _links(connection: sa.Connection, held: HeldChain, first: int, last: int) -> dict[int, ChainLink]:
    """The events `first` to `last` that are here, also those that moved into files."""
    query = sa.select(event.c.sequence, event.c.hash, event.c.previous).where(
        event.c.chain == held.number, event.c.sequence.between(first, last)
    )
    links = {row.sequence: ChainLink(row.hash, row.previous) for row in connection.execute(query)}
    if first > held.prefix:
        return links  # nothing of it has moved
    moved = links_between(connection, held.number, first, min(last, held.prefix))
    return {sequence: ChainLink(*link) for sequence, link in moved.items()} | links


def _contradictions(held: HeldChain, placed: Placement) -> list[Finding]:
    """The findings for a fork and for a break."""
    found = []
    if placed.forks_at is not None:
        at = placed.forks_at
        theirs = next((e for e in (*placed.beside, *placed.fresh) if e.sequence == at), None)
        detail = "it follows another event than the one that is stored before it"
        if theirs is not None:
            detail = f"another event has this number; theirs has hash {theirs.hash.hex()[:16]}"
        found.append(Finding(held.device, held.epoch, FindingKind.FORKED, at, at, detail))
    if placed.breaks_at is not None:
        at = placed.breaks_at
        found.append(Finding(held.device, held.epoch, FindingKind.BROKEN, at, at))
    return found


def _declare_lost(
    connection: sa.Connection, held: HeldChain, first: Entry, after: int, followers: Sequence[Follower]
) -> list[Finding]:
    """Findings for what the gate declares as lost between `after` and `first`, and that is not stored.

    What came early of it and is not of the chain that leads to `first` is put beside.
    """
    begin, end = max(after, held.prefix) + 1, first.sequence - 1
    if begin > end:
        return []
    early = _links(connection, held, begin, end)
    kept = kept_before(first, early)
    _displace(connection, held, [sequence for sequence in early if sequence not in kept], followers)
    last = min(kept, default=end + 1) - 1
    return [
        Finding(held.device, held.epoch, FindingKind.MISSING, *gap)
        for gap in without(begin, last, declared_lost(connection, held))
    ]


def _write(
    connection: sa.Connection, held: HeldChain, placed: Placement, now: int, followers: Sequence[Follower]
) -> list[Entry]:
    """Store a batch as it was placed; returns what is new in the chain, oldest first."""
    _displace(connection, held, placed.displaced, followers)
    if placed.beside:
        rows = [_row(held, entry, now) for entry in placed.beside]
        connection.execute(insert_unless_there(connection, forked_event), rows)
    if not placed.fresh:
        return []
    insert_rows(connection, event, [_row(held, entry, now) for entry in placed.fresh])
    if placed.fresh[0].sequence > held.prefix:
        return [*placed.fresh]
    return [*_brought_in(connection, held, placed.fresh[0]), *placed.fresh]


def _displace(
    connection: sa.Connection, held: HeldChain, sequences: Sequence[int], followers: Sequence[Follower]
) -> None:
    """Move stored events beyond the prefix to those beside the chain."""
    if sequences:
        for follower in followers:
            follower.displaced(connection, held.number, sequences)
        used_after_all(connection, held.device, held.number, sequences)
        those = (event.c.chain == held.number) & event.c.sequence.in_(sequences)
        _move(connection, event, forked_event, those)


def _brought_in(connection: sa.Connection, held: HeldChain, first: Entry) -> list[Entry]:
    """Bring what lies beside the chain and leads to `first` into it, as far as it is missing."""
    brought = [first]
    while not _links(connection, held, brought[-1].sequence - 1, brought[-1].sequence - 1):
        these = (
            (forked_event.c.chain == held.number)
            & (forked_event.c.sequence == brought[-1].sequence - 1)
            & (forked_event.c.hash == brought[-1].previous)
        )
        row = connection.execute(sa.select(forked_event).where(these)).one_or_none()
        if row is None:
            break
        _move(connection, forked_event, event, these)
        brought.append(entry_of(row, first.epoch, first.gate))
    return brought[:0:-1]


def _move(
    connection: sa.Connection, source: sa.Table, target: sa.Table, these: sa.ColumnElement[bool]
) -> None:
    rows = [dict(row) for row in connection.execute(sa.select(source).where(these)).mappings()]
    connection.execute(insert_unless_there(connection, target), rows)
    connection.execute(sa.delete(source).where(these))


def _row(held: HeldChain, entry: Entry, now: int) -> dict[str, object]:
    row = own_fields(entry)
    row["chain"], row["received_at"] = held.number, now
    return row


def _advance(connection: sa.Connection, held: HeldChain, placed: Placement) -> None:
    """Advance the prefix over what is stored and what was declared lost."""
    fresh = placed.fresh
    before = (held.prefix, held.highest)
    if fresh and fresh[0].sequence == held.prefix + 1 and held.highest == held.prefix:
        # The usual case: the next run, and no event is stored beyond it.
        held.prefix, held.hash = fresh[-1].sequence, fresh[-1].hash
        held.highest = held.prefix
    else:
        held.highest = max([held.highest, *(entry.sequence for entry in fresh)])
        extend_prefix(connection, held)
    if (held.prefix, held.highest) != before:
        save_chain(connection, held)
