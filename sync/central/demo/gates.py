"""Simulated gates: each keeps a journal, chains and signs it, and is heard as a real one is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import ClockTrust
from edge.journal.format import START, Entry, Event, link, told
from edge.signing.cose import keys_of, microseconds
from sync.central.units import SECOND
from sync.wire import ReceivedMessage, batch_of, open_message, seal_message


@dataclass(frozen=True)
class DeviceEvent:
    """An event of a device, at its time."""

    at: datetime
    device: str
    event: Event


@dataclass
class DemoGate:
    """A gate named `device` at `gate`. Its key and its epoch follow from its name: they protect nothing."""

    device: str
    gate: str
    _last: Entry | None = field(default=None, repr=False)

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._named("key"))

    @property
    def epoch(self) -> bytes:
        return self._named("epoch")[:16]

    @property
    def newest(self) -> int:
        """The sequence of the newest event that it wrote."""
        return 0 if self._last is None else self._last.sequence

    def write(self, happened: Iterable[tuple[datetime, Event]]) -> list[Entry]:
        """Append events to the journal; returns its new entries."""
        return [self._append(at, event) for at, event in happened]

    def sent(self, entries: Sequence[Entry]) -> Iterator[ReceivedMessage]:
        """What central verifies of `entries` when they arrive: signed, in as many batches as it takes."""
        rest = list(entries)
        while rest:
            batch = batch_of(rest, rest[0].sequence - 1)
            message = seal_message(batch, self.device, self.key)
            yield open_message(
                message.topic, message.data, keys_of([self.key.public_key().public_bytes_raw()])
            )
            rest = rest[len(batch.rows) :]

    def _append(self, at: datetime, event: Event) -> Entry:
        kind, body = told(event)
        last, when = self._last, microseconds(at)
        self._last = link(
            epoch=self.epoch,
            gate=self.gate,
            sequence=1 if last is None else last.sequence + 1,
            at=when,
            trust=ClockTrust.TRUSTED,
            monotonic=when / SECOND,
            kind=kind,
            body=body,
            previous=START if last is None else last.hash,
        )
        return self._last

    def _named(self, what: str) -> bytes:
        return hashlib.sha256(f"gatepost demo {what} {self.device}".encode()).digest()
