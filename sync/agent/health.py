"""How this gate does, told to central every so often: a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.dispatch.handler import Talk
from sync.wire import Channel, DeviceState, Health, Sealed, sealed

TOLD_EVERY = 60.0
_LOOKED_EVERY = 5.0


class HealthReport:
    """`look` says how it does now."""

    channels: frozenset[Channel] = frozenset()

    def __init__(self, device: str, key: Ed25519PrivateKey, look: Callable[[], Health]) -> None:
        self._device = device
        self._key = key
        self._look = look

    def linked(self, now: float) -> HealthTalk:  # noqa: ARG002
        return HealthTalk(self._device, self._key, self._look)

    def last(self) -> Sealed:
        """What is said when the process is stopped in order."""
        return sealed(replace(self._look(), state=DeviceState.STOPPED), self._device, self._key)

    def will(self) -> Sealed:
        """What the broker says when it is not."""
        return sealed(Health(DeviceState.GONE, self._look().at), self._device, self._key)


class HealthTalk(Talk):
    """What was told on one link: at its beginning, at news, and every so often."""

    def __init__(self, device: str, key: Ed25519PrivateKey, look: Callable[[], Health]) -> None:
        self._device = device
        self._key = key
        self._look = look
        self._told: tuple[float, Health] | None = None
        self._look_at: float | None = None

    def due(self, now: float) -> Iterator[Sealed]:
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + _LOOKED_EVERY
        health = self._look()
        if self._told is not None:
            at, before = self._told
            if now - at < TOLD_EVERY and _news(health) == _news(before):
                return
        self._told = now, health
        yield sealed(health, self._device, self._key)


def _news(health: Health) -> tuple[object, ...]:
    """What is told at once where it changes. The first clock answer is: it shows that central is there."""
    return health.alarms, health.registry_version, health.refused, health.clock_offset is None
