"""Finds one-time passes that two gates let through: while offline, neither could know of the other.

The second use to arrive is reported, whichever was made first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import Entry, pass_used_up
from edge.support.decoding import Undecodable
from sync.central.batched import batched
from sync.central.journals.lane_refusals import lane_refusals, refusals_at, refusals_stored
from sync.central.store import insert_unless_there
from sync.central.tables import chain, device, event, pass_use

_MOST_ID = 128


@dataclass(frozen=True)
class Use:
    """A use of a one-time pass, granted by event `sequence`."""

    pass_id: str
    sequence: int


def uses_in(entries: Iterable[Entry | sa.Row[int, str, bytes]]) -> Iterator[Use]:
    """The uses of one-time passes that `entries` granted; an unreadable event is skipped."""
    for entry in entries:
        with suppress(Undecodable):
            pass_id = pass_used_up(entry.kind, entry.body)
            if pass_id is not None:
                yield Use(pass_id[:_MOST_ID].replace("\0", ""), entry.sequence)


def used_before(
    connection: sa.Connection, device_id: str, chain_number: int, entries: Iterable[Entry]
) -> Iterator[tuple[Use, str]]:
    """Record the uses in `entries`; yields those that another event of the same site had first, with that
    event. What the lane refused before anything opened is no use, also where that came before. The `entries`
    are stored already.
    """
    entries = [*entries]
    refused = {each.about for each in lane_refusals(entries)}
    for some in batched(sorted(refused)):
        these = (pass_use.c.chain == chain_number) & pass_use.c.sequence.in_(some)
        connection.execute(sa.delete(pass_use).where(these))
    uses = [*uses_in(entries)]
    if not uses:
        return
    stored = refusals_stored(connection, chain_number, uses[0].sequence, uses[-1].sequence)
    refused.update(each.about for each in stored)
    site = connection.execute(sa.select(device.c.site).where(device.c.id == device_id)).scalar_one()
    for use in uses:
        if use.sequence in refused:
            continue
        # If another ingester is writing the same pass, this waits until it has committed.
        made = connection.execute(
            insert_unless_there(connection, pass_use, "pass_id"),
            {"site": site, "pass_id": use.pass_id, "chain": chain_number, "sequence": use.sequence},
        )
        if made.first() is None:
            other = _first_use(connection, site, use.pass_id)
            if other[:2] != (chain_number, use.sequence):
                yield use, f"pass {use.pass_id} was used at {other[2]}, sequence {other[1]}, too"


def used_after_all(
    connection: sa.Connection, device_id: str, chain_number: int, sequences: Sequence[int]
) -> None:
    """Record the uses whose refusals are among these events, which are displaced and lie in the chain still.
    The journal of the same site that had the pass first keeps it.
    """
    granted = [each.about for each in refusals_at(connection, chain_number, sequences)]
    for some in batched(granted):
        query = sa.select(event.c.sequence, event.c.kind, event.c.body)
        rows = connection.execute(query.where(event.c.chain == chain_number, event.c.sequence.in_(some)))
        site = connection.execute(sa.select(device.c.site).where(device.c.id == device_id)).scalar_one()
        for use in uses_in(rows.all()):
            connection.execute(
                insert_unless_there(connection, pass_use, "pass_id"),
                {"site": site, "pass_id": use.pass_id, "chain": chain_number, "sequence": use.sequence},
            )


def _first_use(connection: sa.Connection, site: str, pass_id: str) -> tuple[int, int, str]:
    query = (
        sa.select(pass_use.c.chain, pass_use.c.sequence, chain.c.device)
        .join(chain, chain.c.number == pass_use.c.chain)
        .where(pass_use.c.site == site, pass_use.c.pass_id == pass_id)
    )
    row = connection.execute(query).one()
    return row.chain, row.sequence, row.device
