"""Serves the console in a thread of its own: one socket, and an end that waits for no live page."""

from __future__ import annotations

import socket
from threading import Thread
from typing import Self

import uvicorn
from fastapi import FastAPI

from edge.errors import ConfigurationError
from sync.central.configuration import ConsoleSection
from sync.central.web.pulse import Pulse

_LAST_ANSWERS = 3
"""Seconds that an answer which was begun may take when the process stops."""


class ConsoleServer:
    """Listens from when it is made, so that a port that is taken is told at once; answers within `with`.

    Raises ConfigurationError.
    """

    def __init__(self, app: FastAPI, settings: ConsoleSection, pulse: Pulse) -> None:
        self._pulse = pulse
        self._socket = listening(settings)
        host, port = self._socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{port}"
        config = uvicorn.Config(
            app,
            log_config=None,
            # The addresses of pages hold people's ids: no log of them.
            access_log=False,
            ws="none",
            lifespan="on",
            server_header=False,
            proxy_headers=bool(settings.origin),
            timeout_graceful_shutdown=_LAST_ANSWERS,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="console")

    @property
    def is_alive(self) -> bool:
        """Whether it answers still."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pulse.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def listening(settings: ConsoleSection) -> socket.socket:
    """The socket at which the console listens. Raises ConfigurationError where it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"cannot listen at {settings.host}, port {settings.port}: {reason}",
            where="[console] host, port",
            remedy="another process may have it: choose another port, or stop that one",
        ) from None
