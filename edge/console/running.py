"""Runs the console: its server in a thread, and what has to be looked after beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Final

import structlog

from edge.configuration import ConsoleSection
from edge.console.app import console_app
from edge.console.certificate import Certificate, make_certificate, read_certificate
from edge.console.gate_link import GateLink
from edge.console.rendering import RENDERING
from edge.console.services import ConsoleServices, services_for
from edge.errors import ConfigurationError
from edge.support.notify import Notifier
from edge.web.server import ListenAddress, PageServer, Tls
from edge.web.texts import Language

_LOOK_EVERY: Final = 1.0
_CERTIFICATE_EVERY: Final = 3600.0


class ConsoleEnded(Exception):
    """The server's thread has ended by itself; systemd starts the console again."""


def run_console(
    settings: ConsoleSection,
    socket: Path,
    name: str,
    stop: Event,
    notifier: Notifier,
    say: Callable[[str], None],
) -> None:
    """Serve the pages until `stop`, for the gate at `socket`. Raises ConfigurationError, ConsoleEnded."""
    with served_console(settings, socket, name) as server:
        say(server.address)
        structlog.get_logger("console").info("serving", address=server.address)
        notifier.ready(server.address)
        RENDERING.compile_all(Language(settings.language))
        look_at = time.monotonic() + _CERTIFICATE_EVERY
        while not stop.wait(_LOOK_EVERY):
            if not server.is_alive:
                raise ConsoleEnded
            notifier.alive()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + _CERTIFICATE_EVERY
                if _renewed(settings):
                    server.take_certificate()
        notifier.stopping()


@contextmanager
def served_console(settings: ConsoleSection, socket: Path, name: str) -> Iterator[PageServer]:
    """The console's server, answering. Raises ConfigurationError."""
    certificate = _certificate(settings)
    with closing(GateLink(socket)) as link:
        services = services_for(link, wall, settings, name, certificate)
        with closing(services.watchers):
            yield from _served(services, settings)


def _served(services: ConsoleServices, settings: ConsoleSection) -> Iterator[PageServer]:
    address = ListenAddress(settings.host, settings.port, "[console] listen")
    tls = None
    if settings.certificate is not None and settings.key is not None and settings.is_over_tls:
        tls = Tls(settings.certificate, settings.key)
    with PageServer(console_app(services), address, services.pulse, tls=tls) as server:
        yield server


def wall() -> int:
    """The time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def _certificate(settings: ConsoleSection) -> Certificate | None:
    """The certificate that is there, renewed where it is due; None: no TLS. Raises ConfigurationError."""
    if not settings.is_over_tls:
        return None
    certificate, key = certificate_files(settings)
    _renewed(settings)
    return read_certificate(certificate, key)


def certificate_files(settings: ConsoleSection) -> tuple[Path, Path]:
    """Where certificate and key lie. Raises ConfigurationError where gate.toml does not say."""
    if settings.certificate is None or settings.key is None:
        raise ConfigurationError(
            "no certificate is named",
            where="[console] certificate, key",
            remedy="name two files there, then: gatepost console certify",
        )
    return settings.certificate, settings.key


def _renewed(settings: ConsoleSection) -> bool:
    """Renew the certificate where it ends soon; whether it was. Raises GatepostError."""
    if not settings.is_over_tls:
        return False
    certificate, key = certificate_files(settings)
    held, now = read_certificate(certificate, key), datetime.now(UTC)
    if not held.is_due(now):
        return False
    made = make_certificate(certificate, key, held.names, now)
    structlog.get_logger("console").warning("certificate_renewed", fingerprint=made.fingerprint)
    return True
