"""Connections that begin to ask, and stop."""

from __future__ import annotations

import socket
import ssl

from tests.waiting import PATIENT


def knocked(address: tuple[str, int], said: bytes, tls: ssl.SSLContext | None = None) -> socket.socket:
    """A connection that has said so much, and says no more; by TLS where `tls` says whom it trusts."""
    raw = socket.create_connection(address, timeout=PATIENT)
    made = tls.wrap_socket(raw, server_hostname=address[0]) if tls else raw
    made.sendall(said)
    return made


def has_ended(connection: socket.socket) -> bool:
    """Waits for more of an answer, or for the other end to hang up: whether it did."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
