"""Unix sockets in the file system, for the local processes that their modes let in."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")


def bound_socket(path: Path, kind: socket.SocketKind) -> socket.socket:
    """A non-blocking socket of `kind` at `path`, for its owner and its group; raises OSError.

    A socket left there by a killed process is removed.
    """
    made = socket.socket(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        with suppress(FileNotFoundError):
            path.unlink()
        made.bind(str(path))
        path.chmod(0o660)
    except OSError:
        made.close()
        raise
    return made


def close_bound(made: socket.socket, path: Path) -> None:
    """Close a socket that `bound_socket` made, and remove it."""
    made.close()
    with suppress(OSError):
        path.unlink()


def user_of(connected: socket.socket) -> int:
    """The user id of the process that connected, as the kernel says; raises OSError."""
    data = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(data)
    return int(user)
