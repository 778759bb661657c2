"""Journals of gates, made of what happened at them."""

from __future__ import annotations

from collections.abc import Sequence

from edge.decision import ClockTrust
from edge.journal.format import START, Entry, Event, LaneOpened, told
from edge.journal.format.chain import link
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.wire import batch_of
from tests.sync.wire.examples import AT, DEVICE, EPOCH

SECOND = 1_000_000
Happened = Event | tuple[int, Event]
"""An event, or when it happened (seconds after AT) and the event; else one is a second after another."""


def journal(happened: Sequence[Happened], *, epoch: bytes = EPOCH, gate: str = "main") -> list[Entry]:
    """A gate's journal from its first event on."""
    entries: list[Entry] = []
    for sequence, each in enumerate(happened, start=1):
        seconds, event = each if isinstance(each, tuple) else (sequence, each)
        entries.append(_linked(entries, seconds, event, epoch, gate))
    return entries


def _linked(before: list[Entry], seconds: int, event: Event, epoch: bytes, gate: str) -> Entry:
    kind, body = told(event)
    return link(
        epoch=epoch,
        gate=gate,
        sequence=len(before) + 1,
        at=AT + seconds * SECOND,
        trust=ClockTrust.TRUSTED,
        monotonic=float(seconds),
        kind=kind,
        body=body,
        previous=before[-1].hash if before else START,
    )


def sent(store: Store, entries: Sequence[Entry], device: str = DEVICE, now: int = AT) -> None:
    """`entries` in one batch, stored and committed at `now`."""
    batch = batch_of(entries, entries[0].sequence - 1)
    assert len(batch.rows) == len(entries)
    with store.writing() as connection:
        store_batch(connection, device, batch, now, FOLLOWERS)


def by_hand(cause: str = "override") -> LaneOpened:
    return LaneOpened(cause)
