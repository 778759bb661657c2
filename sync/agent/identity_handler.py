"""Receives central's notice that another process uses this device's identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, ReceivedMessage, SealedMessage


class IdentityHandler(StatelessHandler):
    """Calls `shared` for each notice; the connection decides what follows."""

    channels = frozenset({Channel.IDENTITY_SHARED})

    def __init__(self, shared: Callable[[], None]) -> None:
        self._shared = shared

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        if messages:
            self._shared()
        return ()
