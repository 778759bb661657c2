"""The rows of `chain`: locked by whoever writes the journal, and how far each is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import START, Acknowledgement
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.central.journals.findings import Finding, FindingKind
from sync.central.store import insert_unless_there
from sync.central.tables import chain, event, finding
from sync.wire import JournalBatch

_PAGE = 500


@dataclass
class HeldChain:
    """A row of `chain`: the journal of `gate` is whole up to `prefix`, whose hash is `hash`; `highest` is
    stored.
    """

    number: int
    device: str
    epoch: bytes
    gate: str
    prefix: int
    hash: bytes
    highest: int


def acknowledgement_of(held: HeldChain | None, epoch: bytes, now: int) -> Acknowledgement:
    """What central has of `epoch`; `now` is microseconds since 1970 UTC."""
    if held is None:
        return Acknowledgement(epoch, 0, START, now)
    return Acknowledgement(epoch, held.prefix, held.hash, now)


def chain_of(connection: sa.Connection, device: str, epoch: bytes, *, lock: bool = False) -> HeldChain | None:
    """The chain of that device and epoch, if there is one."""
    wanted = {"of_device": device, "of_epoch": epoch}
    row = connection.execute(_LOCKED_CHAIN if lock else _CHAIN, wanted).one_or_none()
    return None if row is None else HeldChain(*row)


def lock_chain(
    connection: sa.Connection, device: str, batch: JournalBatch
) -> tuple[HeldChain, list[Finding]]:
    """The chain's row, locked until the transaction ends, and a finding if its card was copied. Made if
    missing.
    """
    held = chain_of(connection, device, batch.epoch, lock=True)
    if held is not None:
        return held, []
    connection.execute(
        insert_unless_there(connection, chain),
        {"device": device, "epoch": batch.epoch, "gate": batch.gate, "hash": START},
    )
    held = chain_of(connection, device, batch.epoch, lock=True)
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


def check_gate(connection: sa.Connection, held: HeldChain, batch: JournalBatch) -> None:
    """Let the chain be of the batch's gate, as the hashes say. Raises MessageRefused where events of another
    are stored: read back under its name, they would not have their own hashes.
    """
    if held.gate == batch.gate:
        return
    if held.highest:
        raise MessageRefused(
            MessageRefusal.INVALID,
            f"is of gate {batch.gate!r}, expected {held.gate!r} as for the events of this epoch before",
        )
    held.gate = batch.gate
    connection.execute(sa.update(chain).where(chain.c.number == held.number).values(gate=held.gate))


def extend_prefix(connection: sa.Connection, held: HeldChain) -> None:
    """Advance the prefix over the stored events as far as each follows the one before it, a page at a time.

    It passes over events that were declared lost, and over a break that the gate declared.
    """
    lost = declared_lost(connection, held)
    broken = {first for first, _ in _ranges(connection, held, FindingKind.BROKEN)}
    while True:
        query = (
            sa.select(event.c.sequence, event.c.hash, event.c.previous)
            .where(event.c.chain == held.number, event.c.sequence > held.prefix)
            .order_by(event.c.sequence)
            .limit(_PAGE)
        )
        page = connection.execute(query).all()
        for sequence, digest, previous in page:
            if sequence == held.prefix + 1:
                if previous != held.hash and sequence not in broken:
                    return
            elif not _covered(lost, held.prefix + 1, sequence - 1):
                return
            held.prefix, held.hash = sequence, digest
        if len(page) < _PAGE:
            return


def save_chain(connection: sa.Connection, held: HeldChain) -> None:
    """Write how far the chain is."""
    values = {"prefix": held.prefix, "hash": held.hash, "highest": held.highest}
    connection.execute(_UPDATE, {"of_number": held.number, **values})


def declared_lost(connection: sa.Connection, held: HeldChain) -> list[tuple[int, int]]:
    """What was declared lost beyond the prefix, also where it came after all: first and last of each gap, in
    order.
    """
    return _ranges(connection, held, FindingKind.MISSING)


def without(first: int, last: int, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """`first` to `last` without `ranges`, which are in order."""
    left = []
    for begin, end in ranges:
        if first < begin:
            left.append((first, min(begin - 1, last)))
        first = max(first, end + 1)
        if first > last:
            return left
    return [*left, (first, last)]


_CHAIN = sa.select(*(chain.c[name] for name in HeldChain.__dataclass_fields__)).where(
    chain.c.device == sa.bindparam("of_device"), chain.c.epoch == sa.bindparam("of_epoch")
)
_LOCKED_CHAIN = _CHAIN.with_for_update()
_UPDATE = sa.update(chain).where(chain.c.number == sa.bindparam("of_number"))


def _ranges(connection: sa.Connection, held: HeldChain, kind: FindingKind) -> list[tuple[int, int]]:
    """First and last sequence of each finding of `kind` beyond the prefix, in order."""
    query = (
        sa.select(finding.c.first, finding.c.last)
        .where(finding.c.chain == held.number, finding.c.kind == kind.value, finding.c.last > held.prefix)
        .order_by(finding.c.first)
    )
    return [(row.first, row.last) for row in connection.execute(query)]


def _covered(lost: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether every sequence from `first` to `last` was declared lost."""
    for begin, end in lost:
        if begin <= first <= end:
            first = end + 1
    return first > last
