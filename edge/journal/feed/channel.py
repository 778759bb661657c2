"""How a request gets to the gate that serves its journal, and the answer back: by a socket."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from edge.journal.format import MOST_ANSWER_BYTES
from edge.support.packet_channel import PacketChannel

ANSWERS_WITHIN = 5.0
"""Seconds. A gate answers in a few thousandths, on a busy disk in a second."""


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


class SocketChannel(PacketChannel):
    """The way by the socket `path`; connects, and reconnects, when needed."""

    def __init__(self, path: Path, *, answers_within: float = ANSWERS_WITHIN) -> None:
        super().__init__(path, most_bytes=MOST_ANSWER_BYTES, answers_within=answers_within)

    @property
    def changes(self) -> int | None:
        return None
