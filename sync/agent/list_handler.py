"""The lists about health certificates over the link: hears of new ones, asks for what the gate lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.agent.core import OutstandingChunks
from sync.agent.list_fetcher import ListFetcher
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, ReceivedMessage, RegistryChunk, RegistryLists, SealedMessage, seal_message


class ListHandler:
    """Signs questions of `device` with its message key; `held` gives the registry's version in force."""

    channels = frozenset({Channel.REGISTRY_LISTS, Channel.REGISTRY_CHUNK})

    def __init__(
        self, device: str, key: Ed25519PrivateKey, fetcher: ListFetcher, held: Callable[[], int]
    ) -> None:
        self._device = device
        self._key = key
        self._fetcher = fetcher
        self._held = held

    def open_conversation(self, now: float) -> ListConversation:  # noqa: ARG002
        return ListConversation(self._device, self._key, self._fetcher, self._held)


class ListConversation(BaseConversation):
    """The lists on one link; a question is not answered on another link."""

    def __init__(
        self, device: str, key: Ed25519PrivateKey, fetcher: ListFetcher, held: Callable[[], int]
    ) -> None:
        self._device = device
        self._key = key
        self._fetcher = fetcher
        self._held = held
        self._outstanding = OutstandingChunks()

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:
        for item in messages:
            if isinstance(item.message, RegistryLists):
                self._fetcher.handle_offer(item.message)
            elif isinstance(item.message, RegistryChunk):
                self._fetcher.handle_chunk(item.message, now)
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        want = self._fetcher.next_want(now, self._held, self._outstanding)
        if want is not None:
            yield seal_message(want, self._device, self._key)

    def next_due(self, now: float) -> float:
        return self._fetcher.next_due(now, self._outstanding)
