"""How this gate does, told to central every so often: a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, DeviceState, Health, SealedMessage, seal_message

REPORTED_EVERY = 60.0
_MEASURED_EVERY = 5.0


class HealthReporter:
    """`measure` says how it does now."""

    channels: frozenset[Channel] = frozenset()

    def __init__(self, device: str, key: Ed25519PrivateKey, measure: Callable[[], Health]) -> None:
        self._device = device
        self._key = key
        self._measure = measure

    def open_conversation(self, now: float) -> HealthConversation:  # noqa: ARG002
        return HealthConversation(self._device, self._key, self._measure)

    def last_message(self) -> SealedMessage:
        """What is said when the process is stopped in order."""
        return seal_message(replace(self._measure(), state=DeviceState.STOPPED), self._device, self._key)

    def will_message(self) -> SealedMessage:
        """What the broker says when it is not."""
        return seal_message(Health(DeviceState.GONE, self._measure().at), self._device, self._key)


class HealthConversation(BaseConversation):
    """What was told on one link: at its beginning, at news, and every so often."""

    def __init__(self, device: str, key: Ed25519PrivateKey, measure: Callable[[], Health]) -> None:
        self._device = device
        self._key = key
        self._measure = measure
        self._told: tuple[float, Health] | None = None
        self._measure_at: float | None = None

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if self._measure_at is not None and now < self._measure_at:
            return
        self._measure_at = now + _MEASURED_EVERY
        health = self._measure()
        if self._told is not None:
            at, before = self._told
            if now - at < REPORTED_EVERY and _news(health) == _news(before):
                return
        self._told = now, health
        yield seal_message(health, self._device, self._key)


def _news(health: Health) -> tuple[object, ...]:
    """What is told at once where it changes. The first clock answer is: it shows that central is there."""
    return health.alarms, health.registry_version, health.refused, health.clock_offset is None
