"""The gates' journals at central: each event once, every gap and every fork seen.

`store_batch` runs in its caller's transaction. It locks the chain that it writes, so that several ingesters
may take batches of the same gate in any order: the later one sees what the earlier one has stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from edge.journal.format import OWN_FIELDS, START, Acknowledgement, Entry, entry_from, own_fields
from sync.central.journals.passes import used_before
from sync.central.store import insert_unless_there
from sync.central.tables import chain, event, finding, forked_event
from sync.wire import JournalBatch, entries_of

_PAGE = 500


class FindingKind(StrEnum):
    """What is wrong with a journal. A kind, once released, keeps its meaning."""

    MISSING = "missing"  # the gate declared these events as lost
    FORKED = "forked"  # another event has this number: two stores continued one epoch
    CLONED = "cloned"  # another device continues this epoch too: two devices from one card
    BROKEN = "broken"  # the event does not name the one before it
    REUSED = "reused"  # a one-time pass was also used elsewhere
    ALTERED = "altered"  # a batch whose events do not lead to the hash that the gate names for the last
    SHARED = "shared"  # two processes use the device's identity: sync.central.devices.process_starts
    FLOODING = "flooding"  # the device sends more than its share: sync.dispatch.intake
    UNREADABLE = "unreadable"  # a batch that cannot be stored, for whatever reason


@dataclass(frozen=True)
class Finding:
    """Something wrong in a journal, from sequence `first` to `last` of its epoch; `detail` is for people."""

    device: str
    epoch: bytes
    kind: FindingKind
    first: int
    last: int
    detail: str = ""


@dataclass(frozen=True)
class StoredBatch:
    """The result of storing a batch: the acknowledgement to sign after the commit, and the new findings."""

    acknowledgement: Acknowledgement
    stored: int
    findings: tuple[Finding, ...]


@dataclass
class _Chain:
    """A locked row of `chain`."""

    number: int
    device: str
    epoch: bytes
    prefix: int
    hash: bytes
    highest: int


def store_batch(connection: sa.Connection, device: str, batch: JournalBatch, now: int) -> StoredBatch:
    """Store what is new in `batch`. Raises MessageRefused for what no gate can have written.

    `now` is microseconds since 1970 UTC.
    """
    entries = entries_of(batch)
    if not entries:
        return StoredBatch(
            _acknowledgement_of(_chain_of(connection, device, batch.epoch), batch.epoch, now), 0, ()
        )
    held, found = _lock_chain(connection, device, batch)
    fresh, forked = _split_forked(connection, held, entries)
    found += _check_links(connection, held, fresh)
    found += _find_missing(connection, held, batch)
    if forked:
        first = forked[0]
        detail = f"another event has this number; theirs has hash {first.hash.hex()[:16]}"
        found.append(Finding(device, held.epoch, FindingKind.FORKED, first.sequence, first.sequence, detail))
    _insert(connection, held, fresh, forked, now)
    found += [
        Finding(device, held.epoch, FindingKind.REUSED, use.sequence, use.sequence, detail)
        for use, detail in used_before(connection, device, held.number, fresh)
    ]
    new = _record(connection, held, found, now)
    _advance(connection, held, fresh)
    return StoredBatch(_acknowledgement_of(held, batch.epoch, now), len(fresh), new)


def record_altered(connection: sa.Connection, device: str, batch: JournalBatch, now: int) -> list[Finding]:
    """Record that `batch` was altered, of which nothing is stored; returns the new findings."""
    held, found = _lock_chain(connection, device, batch)
    last = batch.first + len(batch.rows) - 1
    query = sa.select(event.c.sequence).where(
        event.c.chain == held.number, event.c.sequence.between(batch.first, last)
    )
    there = set(connection.execute(query).scalars())
    first = next((n for n in range(batch.first, last + 1) if n not in there), batch.first)
    detail = "of a batch whose events do not lead to its hash; nothing of it was stored"
    found.append(Finding(device, held.epoch, FindingKind.ALTERED, first, last, detail))
    return list(_record(connection, held, found, now))


def findings_of(connection: sa.Connection, device: str | None = None) -> list[tuple[Finding, int]]:
    """All findings, oldest first, each with its time (microseconds since 1970 UTC)."""
    query = (
        sa.select(chain.c.device, chain.c.epoch, finding)
        .join(chain, chain.c.number == finding.c.chain)
        .order_by(finding.c.number)
    )
    if device is not None:
        query = query.where(chain.c.device == device)
    return [
        (Finding(row.device, row.epoch, FindingKind(row.kind), row.first, row.last, row.detail), row.at)
        for row in connection.execute(query)
    ]


# --- inside --------------------------------------------------------------------------------


def _acknowledgement_of(held: _Chain | None, epoch: bytes, now: int) -> Acknowledgement:
    if held is None:
        return Acknowledgement(epoch, 0, START, now)
    return Acknowledgement(epoch, held.prefix, held.hash, now)


def _chain_of(connection: sa.Connection, device: str, epoch: bytes, *, lock: bool = False) -> _Chain | None:
    query = sa.select(
        chain.c.number, chain.c.device, chain.c.epoch, chain.c.prefix, chain.c.hash, chain.c.highest
    ).where(chain.c.device == device, chain.c.epoch == epoch)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _Chain(*row)


def _lock_chain(connection: sa.Connection, device: str, batch: JournalBatch) -> tuple[_Chain, list[Finding]]:
    """The chain's row, locked until the transaction ends, and a finding if its card was copied. Made if
    missing.
    """
    held = _chain_of(connection, device, batch.epoch, lock=True)
    if held is not None:
        return held, []
    connection.execute(
        insert_unless_there(connection, chain),
        {"device": device, "epoch": batch.epoch, "gate": batch.gate, "hash": START},
    )
    held = _chain_of(connection, device, batch.epoch, lock=True)
    assert held is not None  # noqa: S101 - it was made above, by us or by another
    other = connection.execute(
        sa.select(chain.c.device)
        .where(chain.c.epoch == batch.epoch, chain.c.device != device)
        .order_by(chain.c.number)
        .limit(1)
    ).scalar_one_or_none()
    if other is None:
        return held, []
    return held, [Finding(device, batch.epoch, FindingKind.CLONED, 0, 0, f"device {other} continues it too")]


def _split_forked(
    connection: sa.Connection, held: _Chain, entries: Sequence[Entry]
) -> tuple[list[Entry], list[Entry]]:
    """Split `entries` into new ones and forked ones, which start with the first that contradicts what is
    stored.
    """
    if entries[0].sequence > held.highest:
        return list(entries), []
    query = sa.select(event.c.sequence, event.c.hash).where(
        event.c.chain == held.number,
        event.c.sequence.between(entries[0].sequence, entries[-1].sequence),
    )
    there: dict[int, bytes] = {row.sequence: row.hash for row in connection.execute(query)}
    for place, entry in enumerate(entries):
        if there.get(entry.sequence, entry.hash) != entry.hash:
            return [e for e in entries[:place] if e.sequence not in there], list(entries[place:])
    return [entry for entry in entries if entry.sequence not in there], []


def _check_links(connection: sa.Connection, held: _Chain, fresh: Sequence[Entry]) -> list[Finding]:
    """Findings for links that do not match what is stored."""
    if not fresh:
        return []
    found = []
    first, last = fresh[0], fresh[-1]
    before = _hash_at(connection, held, first.sequence - 1)
    if before is not None and before != first.previous:
        found.append(Finding(held.device, held.epoch, FindingKind.BROKEN, first.sequence, first.sequence))
    if last.sequence < held.highest:
        after = connection.execute(
            sa.select(event.c.previous).where(
                event.c.chain == held.number, event.c.sequence == last.sequence + 1
            )
        ).scalar_one_or_none()
        if after is not None and after != last.hash:
            found.append(
                Finding(held.device, held.epoch, FindingKind.BROKEN, last.sequence + 1, last.sequence + 1)
            )
    return found


def _hash_at(connection: sa.Connection, held: _Chain, sequence: int) -> bytes | None:
    if sequence == held.prefix:
        return held.hash
    if sequence > held.highest:
        return None
    query = sa.select(event.c.hash).where(event.c.chain == held.number, event.c.sequence == sequence)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def _find_missing(connection: sa.Connection, held: _Chain, batch: JournalBatch) -> list[Finding]:
    """Findings for the runs that the gate declares as lost and that are not stored."""
    first, last = max(batch.after, held.prefix) + 1, batch.first - 1
    if first > last:
        return []
    query = (
        sa.select(event.c.sequence)
        .where(event.c.chain == held.number, event.c.sequence.between(first, last))
        .order_by(event.c.sequence)
    )
    found, expected = [], first
    for sequence in [*connection.execute(query).scalars(), last + 1]:
        if sequence > expected:
            found.append(Finding(held.device, held.epoch, FindingKind.MISSING, expected, sequence - 1))
        expected = sequence + 1
    return found


def _insert(
    connection: sa.Connection, held: _Chain, fresh: list[Entry], forked: list[Entry], now: int
) -> None:
    if fresh:
        connection.execute(sa.insert(event), [_row(held, entry, now) for entry in fresh])
    if forked:
        rows = [_row(held, entry, now) for entry in forked]
        connection.execute(insert_unless_there(connection, forked_event), rows)


def _row(held: _Chain, entry: Entry, now: int) -> dict[str, object]:
    row = own_fields(entry)
    row["chain"], row["received_at"] = held.number, now
    return row


def _record(
    connection: sa.Connection, held: _Chain, found: Iterable[Finding], now: int
) -> tuple[Finding, ...]:
    """Record findings, once each; returns the new ones."""
    new = []
    for item in found:
        made = connection.execute(
            insert_unless_there(connection, finding).returning(finding.c.number),
            {
                "chain": held.number,
                "kind": item.kind.value,
                "first": item.first,
                "last": item.last,
                "detail": item.detail,
                "at": now,
            },
        )
        if made.first() is not None:
            new.append(item)
    return tuple(new)


def _advance(connection: sa.Connection, held: _Chain, fresh: Sequence[Entry]) -> None:
    """Advance the prefix over what is stored and what was declared lost."""
    before = (held.prefix, held.highest)
    if fresh and fresh[0].sequence == held.prefix + 1 and held.highest == held.prefix:
        # The usual case: the next run, and no event is stored beyond it.
        held.prefix, held.hash = fresh[-1].sequence, fresh[-1].hash
        held.highest = held.prefix
    else:
        held.highest = max([held.highest, *(entry.sequence for entry in fresh)])
        _extend_prefix(connection, held)
    if (held.prefix, held.highest) != before:
        connection.execute(
            sa.update(chain)
            .where(chain.c.number == held.number)
            .values(prefix=held.prefix, hash=held.hash, highest=held.highest)
        )


def _extend_prefix(connection: sa.Connection, held: _Chain) -> None:
    """Advance the prefix as far as the stored events go, a page at a time."""
    lost = _lost(connection, held)
    while True:
        query = (
            sa.select(event.c.sequence, event.c.hash)
            .where(event.c.chain == held.number, event.c.sequence > held.prefix)
            .order_by(event.c.sequence)
            .limit(_PAGE)
        )
        page = connection.execute(query).all()
        for sequence, digest in page:
            if sequence != held.prefix + 1 and not _covered(lost, held.prefix + 1, sequence - 1):
                return
            held.prefix, held.hash = sequence, digest
        if len(page) < _PAGE:
            return


def _lost(connection: sa.Connection, held: _Chain) -> list[tuple[int, int]]:
    query = (
        sa.select(finding.c.first, finding.c.last)
        .where(
            finding.c.chain == held.number,
            finding.c.kind == FindingKind.MISSING.value,
            finding.c.last > held.prefix,
        )
        .order_by(finding.c.first)
    )
    return [(row.first, row.last) for row in connection.execute(query)]


def _covered(lost: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether every sequence from `first` to `last` was declared lost."""
    for begin, end in lost:
        if begin <= first <= end:
            first = end + 1
    return first > last


def entry_of(row: sa.Row[tuple[object, ...]], epoch: bytes, gate: str) -> Entry:
    """The journal entry in a row of `event`, as the gate wrote it."""
    return entry_from(epoch, gate, [getattr(row, name) for name in OWN_FIELDS])
