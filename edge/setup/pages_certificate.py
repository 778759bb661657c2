"""The certificate of the staff's pages: made where there is none for its names, and told for comparing."""

from __future__ import annotations

import socket
from datetime import datetime

from edge.configuration import ConsoleSection
from edge.console.certificate import Certificate, local_names, make_certificate, read_certificate


def certified(section: ConsoleSection, now: datetime) -> tuple[str, ...]:
    """Lines that say by which certificate tablets know the pages; none where they answer here only.

    One that is there stays, as tablets know it, unless it ends soon or `names` asks for others. Raises
    GatepostError.
    """
    if not section.is_over_tls or section.certificate is None or section.key is None:
        return ()
    held = None
    if section.certificate.exists():
        held = read_certificate(section.certificate, section.key)
    if held is None or held.is_due(now) or not set(section.names) <= set(held.names):
        names = section.names or (held.names if held is not None else local_names(socket.gethostname()))
        held = make_certificate(section.certificate, section.key, names, now)
    return _told(held, section.port)


def _told(held: Certificate, port: int) -> tuple[str, ...]:
    return (
        f"the staff's pages: {', '.join(f'https://{_host(name)}:{port}' for name in held.names)}",
        "compare this once with what the browser of each tablet shows of the certificate:",
        f"  SHA-256 {held.fingerprint}",
    )


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name
