"""Restores the ledger at a start: from the store, then from the events that the journal has since."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import structlog

from edge.counting.core import Ledger, LedgerState
from edge.counting.projection import CountedLane, CountProjection
from edge.counting.store import LedgerPosition, LedgerStore, StoredLedger, open_store
from edge.decision import LastAccess
from edge.errors import JournalError, words_of
from edge.journal.format import Entry, event_of
from edge.journal.reader import JournalReader
from edge.support.decoding import Undecodable
from edge.support.storage import REAL_STORAGE, Storage

STORE_NAME = "counts.sqlite"
_PAGE = 1000


def restored(
    lane: CountedLane,
    journal: Path,
    epoch: bytes,
    kept: StoredLedger | None,
    persons: dict[str, LastAccess],
    storage: Storage = REAL_STORAGE,
) -> tuple[CountProjection, LedgerPosition | None, str]:
    """The ledger of `lane` as its journal ends, its position there, and why it is unsure (empty: it is not).

    `epoch` is the store that the gate writes to. Raises JournalError where the journal cannot be read.
    """
    if kept is None or kept.gate != lane.gate:
        kept, persons = StoredLedger(lane.gate, LedgerState(), None), {}
    position = kept.position
    ledger = Ledger(lane.gate, epoch.hex() if position is None else position.epoch.hex(), kept.state, persons)
    projection = CountProjection(lane, ledger)
    unsure = ""
    with closing(JournalReader(journal, storage)) as reader:
        while entries := reader.since(
            None if position is None else position.epoch, 0 if position is None else position.sequence, _PAGE
        ):
            for entry in entries:
                if position is None or entry.epoch != position.epoch:
                    ledger.epoch_began(entry.epoch.hex())
                    position = LedgerPosition(entry.epoch, 0)
                if entry.sequence != position.sequence + 1:
                    unsure = f"events {position.sequence + 1} to {entry.sequence - 1} are not in the journal"
                unsure = _folded(projection, entry) or unsure
                position = LedgerPosition(entry.epoch, entry.sequence)
    ledger.epoch_began(epoch.hex())
    projection.passages.clear()
    return projection, position, unsure


def _folded(projection: CountProjection, entry: Entry) -> str:
    """Apply one event; returns why it could not be: a later version may write what this one cannot read."""
    try:
        if _counts(entry.kind):
            projection.fold(event_of(entry), entry.wall, entry.sequence)
    except (Undecodable, ValueError, KeyError, TypeError, OverflowError) as error:
        return f"event {entry.sequence} cannot be read: {words_of(error)}"
    return ""


def _counts(kind: str) -> bool:
    """Whether an event may matter to the count; the others are not decoded."""
    return not kind.startswith(("camera_", "registry_", "list_", "vision_", "gate_"))


def anew(lane: CountedLane, epoch: bytes, why: str) -> tuple[CountProjection, LedgerPosition | None, str]:
    ledger = Ledger(lane.gate, epoch.hex(), LedgerState(), {})
    return CountProjection(lane, ledger), None, f"the journal cannot be read: {why}"


def opened_store(
    path: Path, storage: Storage = REAL_STORAGE
) -> tuple[LedgerStore | None, StoredLedger | None, dict[str, LastAccess]]:
    try:
        with ExitStack() as opened:
            store = opened.enter_context(closing(open_store(path, storage)))
            loaded = store.load()
            opened.pop_all()
    except JournalError as error:
        structlog.get_logger("edge.counting").warning("counts_not_kept", error=str(error))
        return None, None, {}
    return store, *loaded
