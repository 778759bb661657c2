"""Serves an application on a free port, as in service: a real server, a real client."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

from edge.web.server import unbuffered
from tests.waiting import PATIENT

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""What a client at a plain address trusts: nobody. Else each client of httpx reads what the machine trusts,
in 30 ms of CPU.
"""


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address at which `app` answers, until the block ends."""
    with unbuffered(socket.create_server(("127.0.0.1", 0))) as listening:
        config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def client_of(app: ASGIApp) -> Iterator[httpx.Client]:
    """A client of `app`, which follows no redirect. (The socket listens before the server runs: it waits.)"""
    with (
        served(app) as address,
        httpx.Client(base_url=address, verify=NO_TLS, trust_env=False, timeout=PATIENT) as client,
    ):
        yield client
