"""Stores the gates' health reports, and answers their questions for the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.devices.devices import note_health
from sync.central.devices.process_starts import ProcessStarts
from sync.central.journals.findings import FindingKind, record_device_findings
from sync.central.store import Store
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    SESSION_TAKEN_OVER,
    Channel,
    ClockAnswer,
    ClockQuestion,
    Health,
    IdentityShared,
    ReceivedMessage,
    SealedMessage,
    seal_message,
)

_REPORTED = "it reports that another client took over its session"
_ALTERNATING = "two running processes report alternately"


class HealthHandler(StatelessHandler):
    """Stores each gate's newest report; records identities that two processes use, and notifies both."""

    channels = frozenset({Channel.HEALTH})

    def __init__(self, store: Store, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._store = store
        self._key = key
        self._wall = wall
        self._starts = ProcessStarts()
        self._log = structlog.get_logger("central.health")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        reports = [(item.device, item.message) for item in messages if isinstance(item.message, Health)]
        alternating = {device for device, health in reports if self._starts.alternates(device, health)}
        shared = dict.fromkeys(
            (device for device, health in reports if SESSION_TAKEN_OVER in health.alarms), _REPORTED
        ) | dict.fromkeys(alternating, _ALTERNATING)
        self._write(dict(reports), shared)
        for device in sorted(alternating):
            yield seal_message(IdentityShared(self._wall()), device, self._key)

    def _write(self, newest: dict[str, Health], shared: dict[str, str]) -> None:
        def written(reports: Sequence[tuple[str, Health]]) -> None:
            reasons = [(device, shared[device]) for device, _ in reports if device in shared]
            with self._store.writing() as connection:
                for device, health in reports:
                    note_health(connection, device, health, self._wall())
                found = record_device_findings(connection, FindingKind.SHARED, reasons, self._wall())
            for item in found:
                self._log.error("identity_shared", device=item.device, why=item.detail)

        # Sorted, so that two processes take their locks in one order and never wait for each other.
        for _ in in_batch_or_each(sorted(newest.items()), written, self._not_stored):
            pass

    def _not_stored(self, report: tuple[str, Health], error: Exception) -> None:
        self._log.warning("health_not_stored", device=report[0], error=str(error))


class ClockAnswers(StatelessHandler):
    """Answers questions for the time."""

    channels = frozenset({Channel.CLOCK_QUESTION})

    def __init__(self, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._key = key
        self._wall = wall

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, ClockQuestion):
                yield seal_message(ClockAnswer(item.message.nonce, self._wall()), item.device, self._key)
