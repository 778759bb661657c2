"""The console's server, as central.toml says."""

from __future__ import annotations

from fastapi import FastAPI

from edge.web.pulse import Pulse
from edge.web.server import ListenAddress, PageServer
from sync.central.configuration import CentralConsoleSection


def address_of(settings: CentralConsoleSection) -> ListenAddress:
    """Where the console listens."""
    return ListenAddress(settings.host, settings.port, "[console] host, port")


def console_server(app: FastAPI, settings: CentralConsoleSection, pulse: Pulse) -> PageServer:
    """A server of the console; it listens already. Raises ConfigurationError."""
    return PageServer(app, address_of(settings), pulse, is_proxied=bool(settings.origin))
