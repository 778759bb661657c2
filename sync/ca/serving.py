"""How enrolment is served: a client that connects and sends nothing is cut off, and blocks nobody else.

A connection that has not sent a whole request takes one of a few places. If all are taken, the oldest is
cut off for a new one, and each is cut off after a few seconds.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_WAITING = 64
"""Connections without a whole request, at most."""
WITHIN = 5.0
"""Seconds for the TLS handshake, and for head and body of a request together, from the connection on."""
_FIRST_INHERITED = 3
"""SD_LISTEN_FDS_START."""
_MOST_AT_WORK = 512
"""Connections in all: the process may open twice as many files."""


class WaitingConnections:
    """The connections that have not sent a whole request yet, oldest first."""

    def __init__(self, most: int = MOST_WAITING, within: float = WITHIN) -> None:
        self._most = most
        self.within = within
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


class _PendingConnection(H11Protocol):
    """One connection, from the end of its TLS handshake on."""

    waiting: WaitingConnections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waiting.admit(self)
        self._deadline = self.loop.call_later(self.waiting.within, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self.waiting.remove(self)
        super().connection_lost(exc)

    def is_waiting(self) -> bool:
        """Whether there is no whole request to answer: none yet, half of one, or it is answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.more_body or cycle.response_complete

    def end(self) -> None:
        """Close at once: no client is waiting for an answer."""
        self.transport.abort()

    def _too_late(self) -> None:
        if self.is_waiting():
            self.end()
        else:
            self._deadline = self.loop.call_later(self.waiting.within, self._too_late)


class _Loop(asyncio.SelectorEventLoop):
    """asyncio's loop, with seconds instead of a minute for a TLS handshake."""

    within = WITHIN

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", self.within)
        return await super().create_server(*args, **options)


def server_of(
    application: Starlette,
    listen: tuple[str, int],
    files: tuple[Path, Path],
    waiting: WaitingConnections | None = None,
) -> uvicorn.Server:
    """A server of `application` with TLS by `files` (certificate, key); run it with `serve`."""
    pending = type("Knock", (_PendingConnection,), {"waiting": waiting or WaitingConnections()})
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=listen[0],
            port=listen[1],
            http=pending,
            ws="none",
            lifespan="off",
            ssl_certfile=str(files[0]),
            ssl_keyfile=str(files[1]),
            log_level="warning",
            server_header=False,
            limit_concurrency=_MOST_AT_WORK,
            timeout_keep_alive=int(WITHIN),
        )
    )


def serve(server: uvicorn.Server, inherited: Sequence[socket.socket] = ()) -> None:
    """Serve until a signal, or the server's `should_exit`, ends it; at `inherited` sockets, if there are."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(server.serve(list(inherited) or None))


def inherited_sockets(environment: Mapping[str, str]) -> list[socket.socket]:
    """The listening sockets that systemd opened for this process (sd_listen_fds(3)); mostly none."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environment.get("LISTEN_FDS", "0"))
    return [socket.socket(fileno=_FIRST_INHERITED + index) for index in range(count)]


class Idle:
    """Says when nobody has called for `after` seconds: systemd starts the door again for who calls next."""

    def __init__(self, server: uvicorn.Server, after: float, clock: Callable[[], float] = monotonic) -> None:
        self._server = server
        self._after = after
        self._clock = clock
        self._seen = 0
        self._since = clock()

    def is_over(self) -> bool:
        """Whether nobody has called for so long, and nobody is served."""
        state = self._server.server_state
        if state.total_requests != self._seen or state.connections:
            self._seen, self._since = state.total_requests, self._clock()
        return self._clock() - self._since >= self._after
