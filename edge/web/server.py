"""Serves pages in a thread of its own: one socket, and an end that waits for no live page."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Self

import uvicorn
from fastapi import FastAPI

from edge.errors import ConfigurationError
from edge.web.connections import WaitingConnections
from edge.web.pulse import Pulse
from edge.web.too_large import SaysTooLarge

_LAST_ANSWERS = 3
"""Seconds that an answer which was begun may take when the process stops."""
_UNHEARD_FOR = 30
"""Seconds for which a browser may acknowledge nothing that was sent to it. Then its connection ends: the open
page of a tablet that is out of reach is nobody's, where TCP itself would go on for a quarter of an hour.
"""


@dataclass(frozen=True)
class ListenAddress:
    """Where it listens; `keys` are those of the configuration that say so."""

    host: str
    port: int
    keys: str


@dataclass(frozen=True)
class Tls:
    """The files (PEM) of the certificate and its key."""

    certificate: Path
    key: Path


class PageServer:
    """Listens from when it is made, so that a port that is taken is told at once; answers within `with`.

    `is_proxied`: a reverse proxy on this computer says who asks; `places` are for those who have not asked
    yet. Raises ConfigurationError.
    """

    def __init__(
        self,
        app: FastAPI,
        at: ListenAddress,
        pulse: Pulse,
        *,
        tls: Tls | None = None,
        is_proxied: bool = False,
        places: WaitingConnections | None = None,
    ) -> None:
        self._pulse = pulse
        self._socket = listening(at)
        host, port = self._socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        places = places or WaitingConnections()
        self.address = f"{'https' if tls else 'http'}://{shown}:{port}"
        config = uvicorn.Config(
            SaysTooLarge(app),
            http=places.protocol,
            backlog=places.backlog,
            log_config=None,
            # The addresses of pages hold people's ids: no log of them.
            access_log=False,
            ws="none",
            lifespan="on",
            server_header=False,
            proxy_headers=is_proxied,
            timeout_graceful_shutdown=_LAST_ANSWERS,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        self._config, self._tls = config, tls
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=places.run, args=(self._server, [self._socket]), name="console")

    @property
    def is_alive(self) -> bool:
        """Whether it answers still."""
        return self._thread.is_alive()

    def take_certificate(self) -> None:
        """Take up the files anew: who connects from now on sees the new certificate."""
        if self._tls is not None and self._config.ssl is not None:
            self._config.ssl.load_cert_chain(self._tls.certificate, self._tls.key)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pulse.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def unbuffered(listener: socket.socket) -> socket.socket:
    """The listener, whose connections send at once.

    asyncio asks that of those sockets alone that name TCP by number, as `create_server` makes none. Then the
    body of an answer waits 40 ms, until the other side acknowledges its head (RFC 896 against the delayed
    acknowledgement of RFC 1122, 4.2.3.2).
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)  # Linux: what is accepted inherits it
    return listener


def ending_unheard(listener: socket.socket) -> socket.socket:
    """The listener, whose connections end where the other side is out of reach (RFC 5482)."""
    listener.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _UNHEARD_FOR
    )  # inherited likewise
    return listener


def listening(at: ListenAddress) -> socket.socket:
    """The socket at which pages are asked for. Raises ConfigurationError where it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
        return ending_unheard(unbuffered(socket.create_server((at.host, at.port), family=family)))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"cannot listen at {at.host}, port {at.port}: {reason}",
            where=at.keys,
            remedy="another process may have it: choose another port, or stop that one",
        ) from None
