"""Registry down as a part of the agent: what comes is taken, what is wanted is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.agent.registry_down import RegistryDown, RegistryMessage
from sync.wire.messages import Received, Sealed, sealed
from sync.wire.topics import Channel


class RegistryPart:
    """Speaks for `device` with its message key."""

    channels = frozenset(
        {
            Channel.REGISTRY_ROOT,
            Channel.REGISTRY_MANIFEST,
            Channel.REGISTRY_URGENT,
            Channel.REGISTRY_CHUNK,
        }
    )

    def __init__(self, device: str, key: Ed25519PrivateKey, down: RegistryDown) -> None:
        self._device = device
        self._key = key
        self._down = down

    @property
    def version(self) -> int:
        """The version that the gate says it holds; 0: none."""
        return self._down.standing().version

    def linked(self, now: float) -> Iterable[Sealed]:
        return self.due(now)

    def unlinked(self) -> None:
        self._down.forget_asked()

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for item in messages:
            if isinstance(item.message, RegistryMessage):
                self._down.take(item.message, now)
        return self.due(now)

    def due(self, now: float) -> Iterable[Sealed]:
        want = self._down.want(now)
        return () if want is None else (sealed(want, self._device, self._key),)
