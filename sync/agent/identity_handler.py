"""Receives central's notice that another process uses this device's identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sync.agent.core import ToldTimes
from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, IdentityShared, ReceivedMessage, SealedMessage


class IdentityHandler(StatelessHandler):
    """Calls `shared` for each notice that is not older than what central `told`; the connection decides what
    follows.
    """

    channels = frozenset({Channel.IDENTITY_SHARED})

    def __init__(self, shared: Callable[[], None], told: ToldTimes) -> None:
        self._shared = shared
        self._told = told

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, IdentityShared) and self._told.is_news(item.message.at):
                self._shared()
        return ()
