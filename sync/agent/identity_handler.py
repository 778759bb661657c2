"""Hears from central that another process uses this device's identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sync.dispatch.handler import QuietHandler
from sync.wire import Channel, Received, Sealed


class IdentityWatch(QuietHandler):
    """Calls `shared` each time that it is said; what a link makes of it is the connection's."""

    channels = frozenset({Channel.IDENTITY_SHARED})

    def __init__(self, shared: Callable[[], None]) -> None:
        self._shared = shared

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:  # noqa: ARG002
        if messages:
            self._shared()
        return ()
