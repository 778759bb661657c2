"""The seam by which commands come in: a datagram socket in the file system, from the sync process.

Nothing is answered on it, and nothing waits in it for long: a gate that is not there is seen by who sends. A
datagram is one command as it was signed; who may write to the socket is a matter of the folder's and the
socket's modes, and is believed by nobody.
"""

from __future__ import annotations

import socket
from pathlib import Path

from edge.commands.core import MOST_COMMAND_BYTES
from edge.errors import DeviceError
from edge.support.unix_sockets import bound_socket, close_bound

MOST_BYTES = MOST_COMMAND_BYTES + 256
_MOST_AT_ONCE = 8
"""So many commands are taken in one turn of the gate's loop; the rest waits in the socket, or is lost."""


class CommandSocket:
    """The gate's end. `receive` never waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Make the socket, for its owner and its group; raises DeviceError."""
        try:
            made = bound_socket(self._path, socket.SOCK_DGRAM)
        except OSError as error:
            raise DeviceError(
                f"no socket for commands: {error.strerror or error}",
                where=str(self._path),
                remedy="see commands.socket in gate.toml",
            ) from None
        self._socket = made

    def receive(self) -> list[bytes]:
        """The datagrams that came since the last call, a few at a time."""
        received: list[bytes] = []
        while self._socket is not None and len(received) < _MOST_AT_ONCE:
            try:
                received.append(self._socket.recv(MOST_BYTES + 1))
            except OSError:
                break
        return received

    def close(self) -> None:
        if self._socket is not None:
            close_bound(self._socket, self._path)
            self._socket = None
