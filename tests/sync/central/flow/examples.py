"""What gates count: their journals, and their own ledgers of the same events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from edge.counting.core import TALLY_FIELDS, Ledger, LedgerState
from edge.counting.projection import CountedLane, CountProjection
from edge.decision import ClockTrust, Direction, WallTime
from edge.journal.format import Entry, LanePassed, OccupancyReset, understood
from sync.central.flow.tables import flow_count
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.central.tables import chain
from sync.wire import batch_of
from tests.sync.central.accesses.examples import journal
from tests.sync.wire.examples import AT, DEVICE, EPOCH

__all__ = ["came", "counted", "entry", "exit_", "journal", "ledger_of", "sent", "totals", "turns"]


def entry(counted: str = "counted", reference: str = "") -> LanePassed:
    return LanePassed(Direction.ENTRY, counted, "grant", reference)  # type: ignore[arg-type]


def exit_(counted: str = "counted", reference: str = "") -> LanePassed:
    return LanePassed(Direction.EXIT, counted, "grant", reference)  # type: ignore[arg-type]


def turns(begun: str, ended: str = "") -> OccupancyReset:
    return OccupancyReset(ended, begun, 0)


def came(store: Store, entries: Sequence[Entry], device: str = DEVICE, now: int = AT) -> None:
    """`entries`, which follow each other, in one batch that is stored at `now`."""
    with store.writing() as connection:
        store_batch(connection, device, batch_of(entries, entries[0].sequence - 1), now, FOLLOWERS)


sent = came


def ledger_of(entries: Iterable[Entry]) -> dict[str, tuple[int, ...]]:
    """What the gate itself counts of these events, by day."""
    found: dict[str, tuple[int, ...]] = {}
    projection = CountProjection(
        CountedLane("green-court", "main", None, beams=True), Ledger("main", EPOCH.hex(), LedgerState())
    )
    for each in entries:
        event = understood(each)
        assert event is not None
        wall = WallTime(datetime.fromtimestamp(each.at / 1e6, UTC), ClockTrust.TRUSTED)
        projection.fold(event, wall, each.sequence)
        # A day that is over is forgotten at the gate; what it came to is kept here.
        for key, tally in projection.ledger.counts.tallies.items():
            found[key.day] = tuple(getattr(tally, name) for name in TALLY_FIELDS)
        if isinstance(event, OccupancyReset) and "" in found:
            del found[""]
    return {day: each for day, each in found.items() if any(each)}


def totals(store: Store, epoch: bytes = EPOCH) -> dict[str, tuple[int, ...]]:
    """What the centre has counted in each day of a journal."""
    return {day: each for (begin, day), each in counted(store, epoch).items() if begin < 0 and any(each)}


def counted(store: Store, epoch: bytes = EPOCH) -> dict[tuple[int, str], tuple[int, ...]]:
    """What the centre has counted, by minute and day."""
    query = sa.select(flow_count).join(chain).where(chain.c.epoch == epoch)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return {(row.begin, row.day): tuple(getattr(row, name) for name in TALLY_FIELDS) for row in rows}
