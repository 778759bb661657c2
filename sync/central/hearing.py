"""What gates say of themselves, and what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.devices import note_health
from sync.central.store import Store, StoreError
from sync.mqtt.part import Quiet
from sync.wire.messages import ClockAnswer, ClockQuestion, Health, Received, Sealed, sealed
from sync.wire.topics import Channel


class HealthBook(Quiet):
    """Writes down each gate's newest report."""

    channels = frozenset({Channel.HEALTH})

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._log = structlog.get_logger("central.health")

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:  # noqa: ARG002
        newest = {item.device: item.message for item in messages if isinstance(item.message, Health)}
        try:
            with self._store.writing() as connection:
                for device, health in sorted(newest.items()):
                    note_health(connection, device, health, self._wall())
        except StoreError as error:
            self._log.warning("health_not_stored", error=str(error))
        return ()


class ClockAnswers(Quiet):
    """Tells the time to whoever asks."""

    channels = frozenset({Channel.CLOCK_QUESTION})

    def __init__(self, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._key = key
        self._wall = wall

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, ClockQuestion):
                yield sealed(ClockAnswer(item.message.nonce, self._wall()), item.device, self._key)
