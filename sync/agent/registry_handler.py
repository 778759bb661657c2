"""Fetches the registry over the link: asks for chunks, handles what arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import ClockTrust, WallTime
from edge.registry.format import Root
from edge.registry.keys import read_anchor
from edge.signing.cose import Keys, instant, keys_of
from sync.agent.configuration import SyncRegistrySection
from sync.agent.core import FetchPace, OutstandingChunks
from sync.agent.held_roots import trust_of
from sync.agent.registry_fetcher import RegistryFetcher, RegistryMessage
from sync.agent.registry_folders import RegistryFolders
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, Held, ReceivedMessage, SealedMessage, seal_message


class RegistryHandler:
    """Signs the wants of `device` with its message key."""

    channels = frozenset(
        {
            Channel.REGISTRY_ROOT,
            Channel.REGISTRY_MANIFEST,
            Channel.REGISTRY_URGENT,
            Channel.REGISTRY_LISTS,
            Channel.REGISTRY_CHUNK,
        }
    )

    def __init__(self, device: str, key: Ed25519PrivateKey, fetcher: RegistryFetcher) -> None:
        self._device = device
        self._key = key
        self._fetcher = fetcher

    def held(self) -> Held:
        """What the gate reports to hold, and the fingerprint of what was accepted here."""
        return self._fetcher.held()

    @property
    def root(self) -> Root | None:
        """The newest verified root, or None."""
        return self._fetcher.root

    def root_in(self, chain: bytes) -> Root | None:
        """The newest verified root once `chain` is known too; None if the chain does not count."""
        return self._fetcher.root_in(chain)

    @property
    def refused(self) -> Counter[str]:
        """How much was refused, by stable code."""
        return self._fetcher.refused

    def command_keys(self) -> Keys:
        """The keys that may sign commands, by the newest root; the gate checks its own root again."""
        root = self._fetcher.root
        return {} if root is None else keys_of(root.command_keys)

    def open_conversation(self, now: float) -> RegistryConversation:  # noqa: ARG002
        return RegistryConversation(self._device, self._key, self._fetcher)


class RegistryConversation(BaseConversation):
    """The registry on one link; a want is not answered on another link."""

    def __init__(self, device: str, key: Ed25519PrivateKey, fetcher: RegistryFetcher) -> None:
        self._device = device
        self._key = key
        self._fetcher = fetcher
        self._outstanding = OutstandingChunks()

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for item in messages:
            if isinstance(item.message, RegistryMessage):
                self._fetcher.handle_message(item.message, now)
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        want = self._fetcher.next_want(now, self._outstanding)
        if want is not None:
            yield seal_message(want, self._device, self._key)

    def next_due(self, now: float) -> float:
        return self._fetcher.next_due(now, self._outstanding)


def registry_handler(
    section: SyncRegistrySection, device: str, key: Ed25519PrivateKey, wall: Callable[[], int]
) -> RegistryHandler:
    """The handler that sync.toml describes; `wall` gives microseconds since 1970 UTC. Raises RegistryError if
    the root keys cannot be read.
    """

    def wall_time() -> WallTime:
        """The time as sync knows it; the gate checks again with a clock whose trust it knows."""
        return WallTime(instant(wall()), ClockTrust.HOLDOVER)

    fetcher = RegistryFetcher(
        RegistryFolders(section.spool, section.inbox, section.folder),
        trust_of(section.site, section.gate, read_anchor(section.root_key)),
        wall_time,
        FetchPace(bytes_a_second=section.bytes_a_second),
    )
    return RegistryHandler(device, key, fetcher)
