"""Ports for servers that tests start: of this process alone, and of no connection that goes out.

A port that the kernel picks for a socket that is closed again is soon picked for somebody else: for another
test that runs beside this one, or for a connection of anybody's. So each process takes a block of ports below
those that the kernel picks from (ip_local_port_range(5) begins at 32768), and gives one after the other out.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import cycle

_FIRST, _BLOCK, _BLOCKS = 10_000, 200, 110


class Ports:
    """The ports of one block; nobody else has them while this is held."""

    def __init__(self) -> None:
        self._claim, first = _claimed()
        self._next = cycle(range(first, first + _BLOCK))

    def free(self) -> int:
        """A port that nobody listens on."""
        return next(port for port in self._next if _is_free(port))

    def release(self) -> None:
        """Give the block back."""
        self._claim.close()


def _claimed() -> tuple[socket.socket, int]:
    """A block's first port, and what claims it: a name without a file, which ends with its process."""
    for number in range(_BLOCKS):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0gatepost-tests-ports-{number}")
        except OSError:
            claim.close()
            continue
        return claim, _FIRST + number * _BLOCK
    raise OSError("every block of ports is taken")


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def _forever() -> Iterator[Ports]:
    """This process's block, taken when it is first asked for."""
    made = Ports()
    while True:
        yield made


_OURS = _forever()


def free_port() -> int:
    """A port that nobody listens on, and that nobody else is given while this process lives."""
    return next(_OURS).free()
