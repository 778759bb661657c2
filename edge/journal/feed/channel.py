"""How a request gets to the gate that serves its journal, and the answer back: by a socket."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Protocol

from edge.journal.format import MOST_ANSWER_BYTES

ANSWERS_WITHIN = 5.0
"""Seconds. A gate answers in a few thousandths, on a busy disk in a second."""
_COME_AGAIN_AFTER = 0.005


class JournalChannel(Protocol):
    """A way to the gate that serves its journal."""

    @property
    def where(self) -> str:
        """The other end, for error messages."""
        ...

    def ask(self, packet: bytes) -> bytes:
        """The gate's answer to a request. Raises OSError where there is none in time."""
        ...

    @property
    def changes(self) -> int | None:
        """A number that is another one as soon as the answer to a request may be another; None: that cannot
        be told without asking.
        """
        ...

    def close(self) -> None:
        """Give up the connection, if there is one; the next request makes another."""
        ...


class SocketChannel:
    """The way by the socket `path`; connects, and reconnects, when needed."""

    def __init__(self, path: Path, *, answers_within: float = ANSWERS_WITHIN) -> None:
        self._path = path
        self._answers_within = answers_within
        self._socket: socket.socket | None = None

    @property
    def where(self) -> str:
        return str(self._path)

    def ask(self, packet: bytes) -> bytes:
        # The gate may have been restarted since, or have closed an idle connection.
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

    @property
    def changes(self) -> int | None:
        return None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # --- inside ----------------------------------------------------------------------------

    def _exchanged(self, packet: bytes) -> bytes:
        connected = self._socket or self._connected()
        connected.send(packet)
        answer = connected.recv(MOST_ANSWER_BYTES)
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
