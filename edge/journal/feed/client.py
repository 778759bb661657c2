"""The other end of the journal's socket: one question, one answer, within a deadline."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from edge.errors import JournalError
from edge.journal.format import MOST_ANSWER_BYTES, FeedRequest, Page, Unreadable, answer_of, encoded
from edge.support.decoding import Undecodable

ANSWERS_WITHIN = 5.0
"""Seconds. A gate answers in a few thousandths, on a busy disk in a second."""
_COME_AGAIN_AFTER = 0.005


class GateNotRunning(JournalError):
    """Nobody serves the journal at its socket."""


class JournalClient:
    """Reads the journal that a gate serves on the socket `path`; connects, and reconnects, when needed."""

    def __init__(self, path: Path, *, answers_within: float = ANSWERS_WITHIN) -> None:
        self._path = path
        self._answers_within = answers_within
        self._socket: socket.socket | None = None

    def ask(self, ask: FeedRequest) -> Page:
        """The gate's answer; raises GateNotRunning, or JournalError where its journal is unreadable."""
        packet = self._answered(encoded(ask))
        try:
            answer = answer_of(packet)
        except Undecodable as error:
            self.close()
            raise JournalError(
                f"the gate's answer is {error.what}", where=str(self._path), remedy="restart the gate"
            ) from None
        if isinstance(answer, Unreadable):
            raise JournalError(answer.what, where=answer.where, remedy=answer.remedy)
        assert isinstance(answer, Page)  # noqa: S101 - there are only these two kinds
        return answer

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # --- inside ----------------------------------------------------------------------------

    def _answered(self, packet: bytes) -> bytes:
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
                    raise self._explained(error) from None

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

    def _explained(self, error: OSError) -> GateNotRunning:
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            what = "the gate does not run"
        elif isinstance(error, TimeoutError | BlockingIOError):
            what = "the gate does not answer"
        else:
            what = f"the gate cannot be asked: {error.strerror or error}"
        remedy = "start the gate, whose journal.socket in gate.toml is the one in sync.toml"
        return GateNotRunning(what, where=str(self._path), remedy=remedy)
