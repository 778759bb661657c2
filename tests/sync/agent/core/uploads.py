"""What central says to an upload, and what the upload has sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from edge.decision import ClockTrust, WallTime
from edge.journal.format import Acknowledgement, Entry
from sync.agent.upload import UploadConversation
from sync.wire import JournalBatch, SealedMessage, open_message, seal_message
from tests.sync.wire.examples import AT, DEVICE, KEYS
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


def rows(messages: Iterable[SealedMessage]) -> list[int]:
    """How many events each batch has; a question has none."""
    return [len(batch.rows) for batch in batches(messages)]


def batches(messages: Iterable[SealedMessage]) -> list[JournalBatch]:
    opened = [open_message(item.topic, item.data, KEYS).message for item in messages]
    return [batch for batch in opened if isinstance(batch, JournalBatch)]


def said(upload: UploadConversation, entry: Entry | None, told: list[Entry], now: float) -> None:
    """Central acknowledges everything up to `entry`; None: nothing."""
    sequence, digest = (0, bytes(32)) if entry is None else (entry.sequence, entry.hash)
    answer = Acknowledgement(told[0].epoch, sequence, digest, AT + int(now * 1e6))
    out = seal_message(answer, DEVICE, CENTRAL_KEY)
    assert not list(upload.handle([open_message(out.topic, out.data, CENTRAL_KEYS)], now))
