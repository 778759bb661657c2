"""Registry down as a part of the agent: asks what is newest, asks for what is wanted, takes what comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import ClockTrust, WallTime
from edge.registry.keys import read_anchor
from edge.signing.cose import Keys, keys_of
from sync.agent.configuration import RegistrySection
from sync.agent.core.question_schedule import Asking
from sync.agent.registry_fetcher import Asked, Pace, RegistryDown, RegistryFolders, RegistryMessage, believing
from sync.dispatch.handler import Talk
from sync.wire import Channel, Received, Sealed, sealed


class RegistryHandler:
    """Speaks for `device` with its message key; `chance` is in [0, 1)."""

    channels = frozenset(
        {
            Channel.REGISTRY_ROOT,
            Channel.REGISTRY_MANIFEST,
            Channel.REGISTRY_URGENT,
            Channel.REGISTRY_CHUNK,
        }
    )

    def __init__(
        self, device: str, key: Ed25519PrivateKey, down: RegistryDown, chance: Callable[[], float]
    ) -> None:
        self._device = device
        self._key = key
        self._down = down
        self._chance = chance

    @property
    def version(self) -> int:
        """The version that the gate says it holds; 0: none."""
        return self._down.status().version

    @property
    def refused(self) -> Counter[str]:
        """What was not believed, by stable code."""
        return self._down.refused

    def command_keys(self) -> Keys:
        """Who may sign commands, as the root says; the gate asks its own root once more."""
        root = self._down.root
        return {} if root is None else keys_of(root.command_keys)

    def linked(self, now: float) -> RegistryTalk:  # noqa: ARG002
        return RegistryTalk(self._device, self._key, self._down, Asking(self._chance))


class RegistryTalk(Talk):
    """The registry on one link: what was asked for on it is nobody's to answer on another."""

    def __init__(self, device: str, key: Ed25519PrivateKey, down: RegistryDown, asking: Asking) -> None:
        self._device = device
        self._key = key
        self._down = down
        self._asking = asking
        self._asked = Asked()

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for item in messages:
            if isinstance(item.message, RegistryMessage):
                self._down.take(item.message, now)
        return self.due(now)

    def due(self, now: float) -> Iterator[Sealed]:
        if self._asking.is_due(now):
            yield sealed(self._down.question(), self._device, self._key)
        want = self._down.want(now, self._asked)
        if want is not None:
            yield sealed(want, self._device, self._key)


def registry_part(
    section: RegistrySection, device: str, key: Ed25519PrivateKey, chance: Callable[[], float]
) -> RegistryHandler:
    """The part that sync.toml describes; raises RegistryError where the root keys cannot be read."""
    down = RegistryDown(
        RegistryFolders(section.spool, section.inbox, section.folder),
        believing(section.site, section.gate, read_anchor(section.root_key)),
        _wall,
        Pace(bytes_a_second=section.bytes_a_second),
    )
    return RegistryHandler(device, key, down, chance)


def _wall() -> WallTime:
    """As far as sync knows: the gate judges again by a clock whose trust it has reasons for."""
    return WallTime(datetime.now(UTC), ClockTrust.HOLDOVER)
