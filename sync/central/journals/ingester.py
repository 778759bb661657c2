"""Stores the journals that arrive: one transaction; once standbys have it, an acknowledgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import asdict

from edge.journal.format import Acknowledgement
from edge.signing.cose import MessageRefusal, MessageRefused
from edge.support.due import NEVER
from sync.central.confirming import LOOKS_EVERY, Confirming, HeldAnswer
from sync.central.journals.findings import Finding, FindingKind, record_device_findings
from sync.central.journals.following import Follower
from sync.central.journals.journals import record_altered, store_batch
from sync.central.journals.reading import devices_that_hear
from sync.central.server import CommitPoint, commit_point
from sync.central.store import Store, StoreError
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    Channel,
    JournalBatch,
    ReceivedMessage,
    SealedMessage,
    StoredNotice,
    seal_message,
)

OnFinding = Callable[[Finding], None]
Refuse = Callable[[str, bytes, MessageRefused], None]
"""Called with topic and bytes of a batch that is not stored, and why."""
_Batch = tuple[ReceivedMessage, JournalBatch]
_Acknowledgements = dict[tuple[str, bytes], tuple[Acknowledgement, CommitPoint]]
_OF_THE_SERVER = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, sa.exc.TimeoutError)
"""What a database raises that is away, ends, takes no writes or has no room: of no batch."""
_MOST_DETAIL = 200


class Ingester(StatelessHandler):
    """Stores journals in `store` and signs acknowledgements with central's `key`. Several may share the load.

    `on_finding` is called with every new finding, after it is committed; `followers` keep in the same
    transaction what follows from events. `migrated` says what is wrong where the database has another schema
    by now than this version knows: then it is no gate's fault that a batch is not stored. What is stored and
    not yet on a server's standbys is acknowledged later, by `due_messages`, as is all that `confirming` has;
    meanwhile gates are told that it is stored.
    """

    channels = frozenset({Channel.JOURNAL})

    def __init__(
        self,
        store: Store,
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        on_finding: OnFinding | None = None,
        *,
        refuse: Refuse = lambda _topic, _data, _refused: None,
        followers: Sequence[Follower] = (),
        migrated: Callable[[], StoreError | None] = lambda: None,
        confirming: Confirming | None = None,
    ) -> None:
        self._store = store
        self._confirming = confirming or Confirming(store)
        self._key = key
        self._wall = wall
        self._log = structlog.get_logger("central.ingester")
        self._on_finding = on_finding or self._alarm
        self._refuse = refuse
        self._followers = followers
        self._migrated = migrated
        self.stored = 0
        """Events that were stored since the start."""
        self.fault: StoreError | None = None
        """Why this process can store nothing any more: newer ones have to."""

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        batches = [
            (received, received.message)
            for received in messages
            if isinstance(received.message, JournalBatch)
        ]
        # Sorted, so that two ingesters take their locks in one order and never wait for each other.
        batches.sort(key=lambda item: (item[0].device, item[1].epoch, item[1].first))
        stored = self._stored(batches)
        answers = [
            HeldAnswer(point, journal, seal_message(acknowledgement, journal[0], self._key))
            for journal, (acknowledgement, point) in stored.items()
        ]
        yield from self._confirming.said(answers)
        yield from self._notices(stored, self._confirming.waiting(answers))

    def due_messages(self, now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        yield from self._confirming.late()

    def next_due(self, now: float) -> float:
        return now + LOOKS_EVERY if self._confirming.holds else NEVER

    # --- inside ----------------------------------------------------------------------------

    def _notices(self, stored: _Acknowledgements, held: Sequence[HeldAnswer]) -> Iterator[SealedMessage]:
        """Say to the gates whose acknowledgements are `held` back, and that know the word, what is stored: so
        they send on.
        """
        if not held:
            return
        keys = {answer.key for answer in held}
        waiting = {journal: said for journal, (said, _) in stored.items() if journal in keys}
        try:
            with self._store.reading() as connection:
                hearing = devices_that_hear(connection, sorted({device for device, _ in waiting}))
        except StoreError:
            return  # they hear of it once they ask again
        for (device, _), said in waiting.items():
            if device in hearing:
                yield seal_message(StoredNotice(**asdict(said)), device, self._key)

    def _stored(self, batches: Sequence[_Batch]) -> _Acknowledgements:
        """Store the batches; returns an acknowledgement for each journal, once everything is committed."""
        acknowledgements: _Acknowledgements = {}
        for made in in_batch_or_each(batches, self._in_one, self._not_stored):
            acknowledgements.update(made)
        return acknowledgements

    def _in_one(self, batches: Sequence[_Batch]) -> _Acknowledgements:
        acknowledgements: _Acknowledgements = {}
        found: list[Finding] = []
        stored = 0
        with self._store.writing() as connection:
            point = commit_point(connection)
            for received, batch in batches:
                result = store_batch(connection, received.device, batch, self._wall(), self._followers)
                acknowledgements[received.device, batch.epoch] = result.acknowledgement, point
                found.extend(result.findings)
                stored += result.stored
        # From here on it is committed.
        self.stored += stored
        for item in found:
            self._on_finding(item)
        return acknowledgements

    def _not_stored(self, batch: _Batch, error: Exception) -> None:
        """Record that a batch cannot be stored, unless the database failed. The gate sends it again."""
        received, what = batch[0], str(error) or type(error).__name__
        device = received.device
        self._log.error("journal_not_stored", device=device, first=batch[1].first, error=what)
        self._refuse(received.channel.of(device), received.data, _refusal_of(error))
        self.fault = self.fault or (None if isinstance(error, MessageRefused) else self._migrated())
        if self.fault is not None:
            return
        if isinstance(error.__cause__, _OF_THE_SERVER):
            return
        found: Sequence[Finding]
        try:
            with self._store.writing() as connection:
                if isinstance(error, MessageRefused) and error.refusal is MessageRefusal.ALTERED:
                    found = record_altered(connection, device, batch[1], self._wall())
                else:
                    reasons = [(device, what[:_MOST_DETAIL].replace("\0", ""))]
                    found = record_device_findings(connection, FindingKind.UNREADABLE, reasons, self._wall())
        except StoreError:
            return  # it was the database
        for item in found:
            self._on_finding(item)

    def _alarm(self, found: Finding) -> None:
        self._log.error(
            "journal_" + found.kind.value,
            device=found.device,
            epoch=found.epoch.hex(),
            first=found.first,
            last=found.last,
            detail=found.detail,
        )


def _refusal_of(error: Exception) -> MessageRefused:
    if isinstance(error, MessageRefused):
        return error
    return MessageRefused(MessageRefusal.FAILED, "could not be stored; send it again")
