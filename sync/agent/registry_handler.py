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
from sync.agent.core.question_schedule import QuestionSchedule
from sync.agent.registry_fetcher import (
    FetchPace,
    OutstandingChunks,
    RegistryFetcher,
    RegistryFolders,
    RegistryMessage,
    believing,
)
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, ReceivedMessage, SealedMessage, seal_message


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
        self, device: str, key: Ed25519PrivateKey, down: RegistryFetcher, chance: Callable[[], float]
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

    def open_conversation(self, now: float) -> RegistryConversation:  # noqa: ARG002
        return RegistryConversation(self._device, self._key, self._down, QuestionSchedule(self._chance))


class RegistryConversation(BaseConversation):
    """The registry on one link: what was asked for on it is nobody's to answer on another."""

    def __init__(
        self, device: str, key: Ed25519PrivateKey, down: RegistryFetcher, asking: QuestionSchedule
    ) -> None:
        self._device = device
        self._key = key
        self._down = down
        self._asking = asking
        self._asked = OutstandingChunks()

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for item in messages:
            if isinstance(item.message, RegistryMessage):
                self._down.handle_message(item.message, now)
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if self._asking.is_due(now):
            yield seal_message(self._down.question(), self._device, self._key)
        want = self._down.want(now, self._asked)
        if want is not None:
            yield seal_message(want, self._device, self._key)


def registry_handler(
    section: RegistrySection, device: str, key: Ed25519PrivateKey, chance: Callable[[], float]
) -> RegistryHandler:
    """The part that sync.toml describes; raises RegistryError where the root keys cannot be read."""
    down = RegistryFetcher(
        RegistryFolders(section.spool, section.inbox, section.folder),
        believing(section.site, section.gate, read_anchor(section.root_key)),
        _wall,
        FetchPace(bytes_a_second=section.bytes_a_second),
    )
    return RegistryHandler(device, key, down, chance)


def _wall() -> WallTime:
    """As far as sync knows: the gate judges again by a clock whose trust it has reasons for."""
    return WallTime(datetime.now(UTC), ClockTrust.HOLDOVER)
