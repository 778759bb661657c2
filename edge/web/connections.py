"""How long a client may take to say what it wants: who connects and asks nothing keeps nobody out.

A connection that has not sent a whole request takes one of a number of places. Where all are taken, the
oldest is cut off for a new one; and each is cut off after a few seconds. Browsers open connections in advance
too, and keep them unused as long as they may.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import termios
from collections.abc import Sequence
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_WAITING = 256
"""Connections without a whole request, at most."""
WITHIN = 10.0
"""Seconds for the TLS handshake, and for the head of a request from then on, or from the answer before."""
SLOWEST = 500.0
"""Bytes a second, at least, of what is sent with a head: a table of people over a slow line."""
_SIOCOUTQ = termios.TIOCOUTQ
"""tcp(7): bytes that were sent and not acknowledged; the same number as for a terminal."""


class WaitingConnections:
    """The connections that have not sent a whole request yet, oldest first; all of one server.

    `most` places for who has sent no head, and as many for half a body; `within` seconds for a head. Its body
    comes with `slowest` bytes a second at least then, or (0) both together within those seconds.
    """

    def __init__(self, most: int = MOST_WAITING, within: float = WITHIN, slowest: float = SLOWEST) -> None:
        self.within = within
        self.slowest = slowest
        self.most = most
        self._waiting: dict[_PendingConnection, None] = {}

    def admit(self, pending: _PendingConnection) -> None:
        """Give a new connection a place, if need be that of the oldest."""
        waiting = [other for other in self._waiting if other.is_waiting()]
        for has_a_head in (False, True):  # who sends half a body takes nobody's place who only comes
            alike = [other for other in waiting if other.has_a_head() is has_a_head]
            for other in alike[: max(0, len(alike) + 1 - self.most)]:
                other.end()
        self._waiting[pending] = None

    @property
    def backlog(self) -> int:
        """How many the system lets wait to be taken. The loop takes all of them in one turn, before it reads
        what they said: fewer than there are places, or those who asked would go with those who did not.
        """
        return self.most // 2

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as H11Protocol
        super().connection_made(transport)
        self.places.admit(self)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self.places.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        self._look_later()
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked since the answer: goodbye, once it is read. (With TLS, who hangs up gives half a
        minute for what is still to be sent.)
        """
        if self._is_unread():
            later = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
            self.timeout_keep_alive_task = later
        else:
            super().timeout_keep_alive_handler()

    def is_waiting(self) -> bool:
        """Whether there is no whole request to answer, and no answer to be read: no head, or half a body."""
        return not self._is_unread() and (not self.has_a_head() or self.cycle.more_body)

    def has_a_head(self) -> bool:
        """Whether the head of a request is there that is not answered yet."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def end(self) -> None:
        """Close at once."""
        self.transport.abort()

    def _is_unread(self) -> bool:
        """Whether some of the answer has not reached its client. What waits in this process does not say it:
        with TLS, asyncio hides that. Who acknowledges nothing is cut off by TCP (`server.ending_unheard`).
        """
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or not cycle.response_complete:
            return False
        at, unsent = self.transport.get_extra_info("socket").fileno(), bytearray(4)
        if at >= 0:  # of one that is being closed, too, as long as something is sent
            fcntl.ioctl(at, _SIOCOUTQ, unsent)
        return any(unsent)

    def _look_later(self) -> None:
        self._heard = 0
        self._deadline = self.loop.call_later(self.places.within, self._look)

    def _look(self) -> None:
        """End it where nothing goes on. One that is answered just now has its time from that answer on."""
        if self._is_unread() or (self.is_waiting() and self._sends_on()):
            self._look_later()
        elif self.is_waiting():
            self.end()

    def _sends_on(self) -> bool:
        """Whether enough of a body came since the last look, or this process is the slow one."""
        enough = self.places.slowest * self.places.within
        return self.has_a_head() and enough > 0 and (self._heard >= enough or self.flow.read_paused)


class _Loop(asyncio.SelectorEventLoop):
    """asyncio's, with `within` seconds instead of a minute for a TLS handshake."""

    def __init__(self, within: float) -> None:
        super().__init__()
        self._within = within

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", self._within)
        return await super().create_server(*args, **options)
