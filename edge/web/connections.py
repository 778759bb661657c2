"""How long a client may take to say what it wants: who connects and asks nothing keeps nobody out.

A connection that has not sent a whole request takes one of a number of places. Where all are taken, the
oldest is cut off for a new one; and each is cut off after a few seconds. Browsers open connections in advance
too, and keep them unused as long as they may.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_WAITING = 256
"""Connections without a whole request, at most."""
WITHIN = 10.0
"""Seconds for the TLS handshake, and for the head of a request from then on, or from the answer before."""
BODY_WITHIN = 300.0
"""Seconds more for what is sent with the head: a table of people over a slow line."""


class WaitingConnections:
    """The connections that have not sent a whole request yet, oldest first; all of one server.

    `most` places; `within` seconds for a head, `body` more for its body (0: both together).
    """

    def __init__(self, most: int = MOST_WAITING, within: float = WITHIN, body: float = BODY_WITHIN) -> None:
        self.within = within
        self.body = body
        self._most = most
        self._waiting: dict[_PendingConnection, None] = {}

    def admit(self, pending: _PendingConnection) -> None:
        """Give a new connection a place, if need be that of the oldest."""
        waiting = [other for other in self._waiting if other.is_waiting()]
        for other in waiting[: max(0, len(waiting) + 1 - self._most)]:
            other.end()
        self._waiting[pending] = None

    def remove(self, pending: _PendingConnection) -> None:
        """Forget a connection that is closed."""
        self._waiting.pop(pending, None)

    @property
    def protocol(self) -> type[asyncio.Protocol]:
        """What uvicorn makes for each connection of its server (`http=`)."""
        return type("PendingConnection", (_PendingConnection,), {"places": self})

    def run(self, server: uvicorn.Server, sockets: Sequence[socket.socket] = ()) -> None:
        """Serve until a signal, or the server's `should_exit`, ends it; at `sockets`, if there are."""
        with asyncio.Runner(loop_factory=lambda: _Loop(self.within)) as runner:
            runner.run(server.serve(list(sockets) or None))


class _PendingConnection(H11Protocol):
    """One connection, from the end of its TLS handshake on."""

    places: WaitingConnections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.places.admit(self)
        self._look_at(self.places.within, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self.places.remove(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        self._look_at(self.places.within, self._head_is_late)
        super().on_response_complete()

    def is_waiting(self) -> bool:
        """Whether there is no whole request to answer: none yet, half of one, or it is answered."""
        return self._has_no_head() or self.cycle.more_body

    def end(self) -> None:
        """Close at once: no client is waiting for an answer."""
        self.transport.abort()

    def _has_no_head(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _look_at(self, seconds: float, late: Callable[[], None]) -> None:
        self._deadline = self.loop.call_later(seconds, late)

    def _head_is_late(self) -> None:
        if self._has_no_head() or not self.places.body:
            self._body_is_late()
        else:
            self._look_at(self.places.body, self._body_is_late)

    def _body_is_late(self) -> None:
        if self.is_waiting():  # else it is answered: the next head has its time from the answer's end
            self.end()


class _Loop(asyncio.SelectorEventLoop):
    """asyncio's, with `within` seconds instead of a minute for a TLS handshake."""

    def __init__(self, within: float) -> None:
        super().__init__()
        self._within = within

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", self._within)
        return await super().create_server(*args, **options)
