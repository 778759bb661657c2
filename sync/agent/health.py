"""How this gate does, told to central every so often: a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.mqtt.part import Quiet
from sync.wire.messages import DeviceState, Health, Sealed, sealed

TOLD_EVERY = 60.0
_NOT_OFTENER_THAN = 5.0


class HealthReport(Quiet):
    """`look` says how it does now; a change of its alarms or its registry is told sooner."""

    def __init__(self, device: str, key: Ed25519PrivateKey, look: Callable[[], Health]) -> None:
        self._device = device
        self._key = key
        self._look = look
        self._told_at: float | None = None
        self._told: Health | None = None

    def linked(self, now: float) -> Iterable[Sealed]:
        self._told_at = None
        return self.due(now)

    def due(self, now: float) -> Iterable[Sealed]:
        if self._told_at is not None and now - self._told_at < _NOT_OFTENER_THAN:
            return
        health = self._look()
        if self._told_at is not None and now - self._told_at < TOLD_EVERY and not self._is_news(health):
            return
        self._told_at, self._told = now, health
        yield sealed(health, self._device, self._key)

    def _is_news(self, health: Health) -> bool:
        before = self._told
        return before is None or _news(health) != _news(before)

    def last(self) -> Sealed:
        """What is said when the process is stopped in order."""
        return sealed(replace(self._look(), state=DeviceState.STOPPED), self._device, self._key)

    def will(self) -> Sealed:
        """What the broker says when it is not."""
        return sealed(Health(DeviceState.GONE, self._look().at), self._device, self._key)


def _news(health: Health) -> tuple[object, ...]:
    """What is told at once where it changes. The first clock answer is: it shows that central is there."""
    return health.alarms, health.registry_version, health.refused, health.clock_offset is None
