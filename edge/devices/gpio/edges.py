"""Edges of input lines, read in one thread and handed to anyone who watches: `EdgeReader`."""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Callable

import gpiod
import structlog

Listener = Callable[[gpiod.EdgeEvent], None]


class EdgeReader:
    """A thread that waits for edges: it begins with the first `watch` and ends with `close`.

    Any thread may watch and forget. After `forget` returns the request is not read again and can be
    released; the listener may still be called with an edge that was read before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread: threading.Thread | None = None

    def watch(self, request: gpiod.LineRequest, listener: Listener) -> None:
        """Hand every edge of `request` to `listener`, from the reader's thread."""
        with self._lock:
            self._selector.register(request.fd, selectors.EVENT_READ, (request, listener))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gpio-edges", daemon=True)
                self._thread.start()

    def forget(self, request: gpiod.LineRequest) -> None:
        """Stop reading `request`; one that is not watched is left alone."""
        with self._lock:
            if request.fd in self._selector.get_map():
                self._selector.unregister(request.fd)

    def close(self) -> None:
        """End the thread. A second time does nothing; a listener may not call it."""
        if self._wake < 0:
            return
        os.eventfd_write(self._wake, 1)
        if self._thread is not None:
            self._thread.join()
        self._selector.close()
        os.close(self._wake)
        self._wake = -1

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                request, listener = key.data
                for event in self._read(request):
                    _notify(listener, event)

    def _read(self, request: gpiod.LineRequest) -> list[gpiod.EdgeEvent]:
        with self._lock:
            # It may have been forgotten, and even released, since the selector found it.
            if not request or request.fd not in self._selector.get_map():
                return []
            try:
                return request.read_edge_events() if request.wait_edge_events(0) else []
            except OSError as error:
                # The lane reads its lines besides and reports which one failed. Only do not spin on it here.
                self._selector.unregister(request.fd)
                structlog.get_logger("edge.gpio").error(
                    "edges_lost", lines=request.offsets, error=error.strerror
                )
                return []


def _notify(listener: Listener, event: gpiod.EdgeEvent) -> None:
    try:
        listener(event)
    except Exception:  # noqa: BLE001 - one listener's fault must not silence the other lines
        structlog.get_logger("edge.gpio").exception("edge_listener_failed", line=event.line_offset)
