"""Serves the clients of the journal, within limits: one thread, which waits for no client.

The socket's modes admit the gate's group; the kernel tells the user of each process, and one user may hold
half of the connections. A request is one small packet, answered by one short read. Requests a second are
limited, all clients together. A client whose socket does not accept its answer at once is disconnected, and
so is one that sends noise or nothing.
"""

from __future__ import annotations

import selectors
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import structlog

from edge.journal.feed.pages import Pages
from edge.journal.format import MOST_ANSWER_BYTES, MOST_ASK_BYTES, ask_of
from edge.support.bucket import Bucket
from edge.support.decoding import Undecodable
from edge.support.throttle import Throttle
from edge.support.unix_sockets import user_of

_LONGEST_WAIT = 5.0
"""Seconds without a request after which the journal's file is closed."""


@dataclass(frozen=True)
class FeedLimits:
    """What clients may cost: rates a second (bursts of two seconds), connections, and seconds of silence.

    A sync process that drains a journal asks as often as this: for 100 events, and for the one acknowledged.
    """

    asks_a_second: float = 250.0
    connections_a_second: float = 100.0
    clients: int = 8
    clients_of_a_user: int = 4
    silence: float = 60.0


@dataclass
class _Client:
    socket: socket.socket
    user: int
    asked_at: float


class Clients:
    """Answers clients from `pages`; `dropped` counts the disconnected, by reason. Used by one thread."""

    def __init__(
        self,
        pages: Pages,
        limits: FeedLimits,
        monotonic: Callable[[], float],
        dropped: Counter[str],
    ) -> None:
        self._pages = pages
        self._limits = limits
        self._monotonic = monotonic
        self._selector = selectors.DefaultSelector()
        self._clients: list[_Client] = []
        self._asks = Bucket(limits.asks_a_second)
        self._connections = Bucket(limits.connections_a_second)
        self._log = structlog.get_logger("edge.journal.feed")
        self._throttle = Throttle(monotonic)
        self._dropped = dropped

    def serve(self, listener: socket.socket, woken: socket.socket, stopping: Event) -> None:
        """Serve until `stopping` is set; `woken` becomes readable then."""
        self._selector.register(woken, selectors.EVENT_READ)
        while not stopping.is_set():
            wait = self._listen(listener)
            ready = [key for key, _ in self._selector.select(wait) if key.fileobj is not woken]
            if not ready and wait == _LONGEST_WAIT:
                self._pages.close()
            for key in ready:
                if key.data is None:
                    self._accept(listener)
                else:
                    stopping.wait(self._asks.wait(self._monotonic()))
                    self._asks.take(1)
                    self._answer(key.data)
            self._disconnect_silent()

    def close(self) -> None:
        """Disconnect every client, and close the file."""
        for client in tuple(self._clients):
            self._disconnect(client, "")
        self._selector.close()
        self._pages.close()

    # --- inside ----------------------------------------------------------------------------

    def _listen(self, listener: socket.socket) -> float:
        """Accept new clients unless too many came lately; returns the seconds to wait at most."""
        wait = self._connections.wait(self._monotonic())
        listens = listener in self._selector.get_map()
        if wait > 0.0 and listens:
            self._selector.unregister(listener)
        elif wait == 0.0 and not listens:
            self._selector.register(listener, selectors.EVENT_READ)
        return min(wait or _LONGEST_WAIT, _LONGEST_WAIT, self._limits.silence)

    def _accept(self, listener: socket.socket) -> None:
        self._connections.take(1)
        try:
            connected, _ = listener.accept()
        except OSError as error:  # the client has gone, or there are no file descriptors
            self._count("not accepted", -1, error.strerror or str(error))
            return
        try:
            connected.setblocking(False)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_ANSWER_BYTES)
            user = user_of(connected)
        except OSError as error:
            connected.close()
            self._count("not accepted", -1, error.strerror or str(error))
            return
        of_this_user = sum(client.user == user for client in self._clients)
        if len(self._clients) >= self._limits.clients or of_this_user >= self._limits.clients_of_a_user:
            self._count("too many clients", user)
            connected.close()
            return
        client = _Client(connected, user, self._monotonic())
        self._clients.append(client)
        self._selector.register(connected, selectors.EVENT_READ, client)

    def _answer(self, client: _Client) -> None:
        client.asked_at = self._monotonic()
        try:
            data, _, flags, _ = client.socket.recvmsg(MOST_ASK_BYTES)
            if not data:
                self._disconnect(client, "")
            elif flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                self._disconnect(client, "asks too much")
            else:
                client.socket.send(self._pages.packet(ask_of(data)))
        except BlockingIOError:
            self._disconnect(client, "does not read")
        except Undecodable:
            self._disconnect(client, "sends noise")
        except OSError:
            self._disconnect(client, "")
        except Exception as error:  # noqa: BLE001 - whatever one client causes, the others are served
            self._log.error("journal_feed_raised", exc_info=error)
            self._disconnect(client, "raised")

    def _disconnect_silent(self) -> None:
        ends = self._monotonic() - self._limits.silence
        for client in [client for client in self._clients if client.asked_at < ends]:
            self._disconnect(client, "asks nothing")

    def _disconnect(self, client: _Client, reason: str) -> None:
        """Disconnect a client; an empty `reason`: it has gone by itself."""
        if reason:
            self._count(reason, client.user)
        self._clients.remove(client)
        self._selector.unregister(client.socket)
        client.socket.close()

    def _count(self, reason: str, user: int, detail: str = "") -> None:
        self._dropped[reason] += 1
        times = self._throttle.happened(reason)
        if times:
            self._log.warning("journal_client_dropped", reason=reason, user=user, times=times, detail=detail)
