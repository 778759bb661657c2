"""Receives commands from the sync process by a datagram socket in the file system.

Nothing is answered on it, and nothing waits in it for long: the sender notices a gate that is not there. A
datagram is one signed command. The modes of the folder and the socket limit who may write to it, but the gate
trusts only the signature.
"""

from __future__ import annotations

import socket
from pathlib import Path

from edge.commands.core import MOST_COMMAND_BYTES
from edge.errors import DeviceError
from edge.support.unix_sockets import bound_socket, close_bound

MOST_BYTES = MOST_COMMAND_BYTES + 256
_MOST_AT_ONCE = 8
"""Commands received in one pass of the gate's loop, at most; the rest waits in the socket, or is lost."""


class CommandSocket:
    """The gate's end. `receive` never waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Create the socket, for its owner and its group; raises DeviceError."""
        try:
            made = bound_socket(self._path, socket.SOCK_DGRAM)
        except OSError as error:
            raise DeviceError(
                f"cannot create the command socket: {error.strerror or error}",
                where=str(self._path),
                remedy="check commands.socket in gate.toml",
            ) from None
        self._socket = made

    def receive(self) -> list[bytes]:
        """The datagrams that arrived since the last call, at most 8; never waits."""
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
