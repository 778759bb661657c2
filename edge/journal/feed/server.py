"""The gate's end of the journal's socket: a thread of its own, which opens the store only for reading.

No client is trusted, and nothing that one does reaches the thread that appends: see `clients`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from edge.journal.feed.clients import Clients, FeedLimits
from edge.journal.feed.pages import Pages
from edge.support.unix_sockets import bound_socket, close_bound

_TRY_AGAIN_AFTER = 5.0
"""Seconds between attempts to serve, for example while the socket's folder is missing or full."""
_STOPS_WITHIN = 2.0
_WAIT_TO_COME_IN = 8
"""Few: a client that connects after a flood waits for these at most."""


class JournalServer:
    """Serves the file `journal` on a socket at `place`, from `start` to `stop`; neither raises."""

    def __init__(self, journal: Path, place: Path, limits: FeedLimits | None = None) -> None:
        self._place = place
        self._journal = journal
        self._limits = limits or FeedLimits()
        self._dropped: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="journal feed", daemon=True)
        self._log = structlog.get_logger("edge.journal.feed")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many clients were disconnected, by reason."""
        return self._dropped

    def start(self) -> None:
        """Start the thread that listens and serves; it retries where the socket cannot be made yet."""
        self._listener = self._listening()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, the socket and every client."""
        self._stopping.set()
        self._waker.close()
        if self._thread.is_alive():
            self._thread.join(_STOPS_WITHIN)

    # --- inside ----------------------------------------------------------------------------

    def _run(self) -> None:
        with self._woken:
            while not self._stopping.is_set():
                listener = self._listener or self._listening()
                self._listener = None
                if listener is not None:
                    self._serve(listener)
                self._stopping.wait(_TRY_AGAIN_AFTER)

    def _serve(self, listener: socket.socket) -> None:
        try:
            with closing(
                Clients(Pages(self._journal), self._limits, time.monotonic, self._dropped)
            ) as clients:
                clients.serve(listener, self._woken, self._stopping)
        except Exception as error:  # noqa: BLE001 - nothing ends it but `stop`
            self._log.error("journal_feed_failed", exc_info=error)
        finally:
            close_bound(listener, self._place)

    def _listening(self) -> socket.socket | None:
        try:
            listener = bound_socket(self._place, socket.SOCK_SEQPACKET)
        except OSError as error:
            self._log.error("journal_not_served", where=str(self._place), error=error.strerror or str(error))
            return None
        listener.listen(_WAIT_TO_COME_IN)
        return listener
