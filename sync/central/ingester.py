"""Journal in: what arrived is stored in one transaction, and only then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.envelope import MessageRefused
from edge.journal.acknowledgement import Acknowledgement
from sync.central.journals import Finding, take
from sync.central.store import Store, StoreError
from sync.mqtt.part import Quiet
from sync.wire.messages import JournalBatch, Received, Sealed, sealed
from sync.wire.topics import Channel

Told = Callable[[Finding], None]


class Ingester(Quiet):
    """Stores journals in `store`, signs with central's `key`. Several may share the load.

    `told` hears every new finding, after it was written down.
    """

    channels = frozenset({Channel.JOURNAL})

    def __init__(
        self, store: Store, key: Ed25519PrivateKey, wall: Callable[[], int], told: Told | None = None
    ) -> None:
        self._store = store
        self._key = key
        self._wall = wall
        self._log = structlog.get_logger("central.ingester")
        self._told = told or self._alarm
        self.stored = 0
        """Events that were stored since the start."""

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:  # noqa: ARG002
        batches = [
            (received.device, received.message)
            for received in messages
            if isinstance(received.message, JournalBatch)
        ]
        # In one order everywhere, so that two ingesters never wait for each other's locks.
        batches.sort(key=lambda item: (item[0], item[1].epoch, item[1].first))
        for device, word in self._stored(batches).items():
            yield sealed(word, device[0], self._key)

    # --- inside ----------------------------------------------------------------------------

    def _stored(
        self, batches: Sequence[tuple[str, JournalBatch]]
    ) -> dict[tuple[str, bytes], Acknowledgement]:
        """Central's word on each journal that was spoken of, once everything is committed."""
        try:
            return self._in_one(batches)
        except StoreError as error:
            self._log.error("journal_not_stored", error=str(error), batches=len(batches))
            if len(batches) == 1:
                return {}  # nothing is acknowledged: the gate sends it again
        # One that the database refuses must not keep the others out.
        words: dict[tuple[str, bytes], Acknowledgement] = {}
        for batch in batches:
            words.update(self._stored([batch]))
        return words

    def _in_one(
        self, batches: Sequence[tuple[str, JournalBatch]]
    ) -> dict[tuple[str, bytes], Acknowledgement]:
        words: dict[tuple[str, bytes], Acknowledgement] = {}
        found: list[Finding] = []
        stored = 0
        with self._store.writing() as connection:
            for device, batch in batches:
                try:
                    taken = take(connection, device, batch, self._wall())
                except MessageRefused as refused:
                    self._log.warning("batch_refused", device=device, what=refused.what)
                    continue
                words[device, batch.epoch] = taken.word
                found.extend(taken.findings)
                stored += taken.stored
        # From here on it is committed.
        self.stored += stored
        for item in found:
            self._told(item)
        return words

    def _alarm(self, found: Finding) -> None:
        self._log.error(
            "journal_" + found.kind.value,
            device=found.device,
            epoch=found.epoch.hex(),
            first=found.first,
            last=found.last,
            detail=found.detail,
        )
