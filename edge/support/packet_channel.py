"""Asks a process of this computer by packets on a Unix socket: an answer for each, in bounded time."""

from __future__ import annotations

import socket
import time
from pathlib import Path

_COME_AGAIN_AFTER = 0.005


class PacketChannel:
    """The way by the socket `path`; connects, and reconnects, when needed. Answers have `most_bytes`."""

    def __init__(self, path: Path, *, most_bytes: int, answers_within: float) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._answers_within = answers_within
        self._socket: socket.socket | None = None
        self.was_sent = False
        """Whether the other end may have read the last request, answered or not."""

    @property
    def where(self) -> str:
        """The other end, for error messages."""
        return str(self._path)

    def ask(self, packet: bytes) -> bytes:
        """The answer to a request. Raises OSError where there is none in time."""
        # The process may have been restarted since, or have closed an idle connection.
        self.was_sent = False
        tries = 1 if self._socket is None else 2
        while True:
            tries -= 1
            try:
                return self._exchanged(packet)
            except OSError as error:
                # A late answer must not be taken for the answer to the next request.
                self.close()
                if not (tries and isinstance(error, ConnectionError)):
                    raise

    def close(self) -> None:
        """Give up the connection, if there is one; the next request makes another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # --- inside ----------------------------------------------------------------------------

    def _exchanged(self, packet: bytes) -> bytes:
        connected = self._socket or self._connected()
        connected.send(packet)
        self.was_sent = True
        answer = connected.recv(self._most_bytes)
        if not answer:
            raise ConnectionResetError("it ended the connection")
        return answer

    def _connected(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        made.settimeout(self._answers_within)
        self._socket = made
        ends = time.monotonic() + self._answers_within
        while True:
            try:
                made.connect(str(self._path))
            except BlockingIOError:  # others crowd the socket; it lets in a hundred a second
                if time.monotonic() > ends:
                    raise
                time.sleep(_COME_AGAIN_AFTER)
            else:
                return made
