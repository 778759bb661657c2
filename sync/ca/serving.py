"""How enrolment is served: few places, for a short time (`edge.web.connections`)."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import uvicorn
from starlette.applications import Starlette

from edge.web.connections import WaitingConnections

_MOST_WAITING = 64
"""Connections without a whole request, at most."""
WITHIN = 5.0
"""Seconds for the TLS handshake, and for head and body of a request together."""
_FIRST_INHERITED = 3
"""SD_LISTEN_FDS_START."""
_MOST_AT_WORK = 512
"""Connections in all: the process may open twice as many files."""


def few_places() -> WaitingConnections:
    """The places of a door that anybody may knock at."""
    return WaitingConnections(_MOST_WAITING, WITHIN, slowest=0.0)


def server_of(
    application: Starlette, listen: tuple[str, int], files: tuple[Path, Path], places: WaitingConnections
) -> uvicorn.Server:
    """A server of `application` with TLS by `files` (certificate, key); run it by `places.run`."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=listen[0],
            port=listen[1],
            http=places.protocol,
            backlog=places.backlog,
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
