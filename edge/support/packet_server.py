"""Serves packets on a Unix socket from a thread of its own: a request each way, answered when it is ready.
It waits for no client.

No client is trusted. The socket's modes admit the owner's group; the kernel tells the user of each process,
and one user may hold so many connections. A client has one request at a time; while it is not answered, no
more is read of it. Requests a second are limited, all clients together, and the clients take turns. One whose
socket does not accept its answer at once is disconnected, and so is one that sends noise or nothing.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import structlog

from edge.support.bucket import Bucket
from edge.support.decoding import Undecodable
from edge.support.throttle import Throttle
from edge.support.unix_sockets import bound_socket, close_bound, user_of

_TRY_AGAIN_AFTER = 5.0
"""Seconds between attempts to serve, for example while the socket's folder is missing or full."""
_STOPS_WITHIN = 2.0
_LONGEST_WAIT = 5.0
"""Seconds without a request after which a server is idle."""
_WAIT_TO_COME_IN = 8
"""Few: a client that connects after a flood waits for these at most."""

Reply = Callable[[bytes], None]
Answer = Callable[[bytes, Reply], None]
"""Takes a request, and calls `Reply` once, from any thread, now or later; raises Undecodable for noise."""


@dataclass(frozen=True)
class PacketLimits:
    """What clients may cost: bytes of a request and of an answer, rates a second (bursts of two seconds),
    connections, and seconds of silence.
    """

    most_bytes: int
    most_answer_bytes: int
    asks_a_second: float = 200.0
    connections_a_second: float = 50.0
    clients: int = 32
    clients_of_a_user: int = 24
    silence: float = 60.0


@dataclass(eq=False)
class _Client:
    socket: socket.socket
    user: int
    asked_at: float
    waits: bool = False
    read: bool = True
    gone: bool = False


ServePackets = Callable[[str, Path, Answer, PacketLimits], AbstractContextManager[object]]
"""Serves packets while its context lasts, as `PacketServer` does: the name for the log, the socket's path,
how each request is answered, what clients may cost.
"""


class PacketServer:
    """Serves on a socket at `place`, from `start` to `stop`; neither raises. `name` is for the log. `answer`
    is called in the server's thread, and so is `idle`, once nobody has asked for a while and at the end.
    """

    def __init__(
        self,
        name: str,
        place: Path,
        answer: Answer,
        limits: PacketLimits,
        *,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._place = place
        self._answer = answer
        self._limits = limits
        self._idle = idle
        self._dropped: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log = structlog.get_logger("edge.packets")

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
        clients = _Clients(self._name, self._answer, self._limits, self._wake, self._dropped, self._idle)
        try:
            with closing(clients):
                clients.serve(listener, self._woken, self._stopping)
        except Exception as error:  # noqa: BLE001 - nothing ends it but `stop`
            self._log.error(f"{self._name}_failed", exc_info=error)
        finally:
            close_bound(listener, self._place)

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake; closed: it ends
            self._waker.send(b"\0")

    def _listening(self) -> socket.socket | None:
        try:
            listener = bound_socket(self._place, socket.SOCK_SEQPACKET)
        except OSError as error:
            what = error.strerror or str(error)
            self._log.error(f"{self._name}_not_served", where=str(self._place), error=what)
            return None
        listener.listen(_WAIT_TO_COME_IN)
        return listener


class _Clients:
    """The clients of one listener. Used by one thread, but for the replies."""

    def __init__(
        self,
        name: str,
        answer: Answer,
        limits: PacketLimits,
        wake: Callable[[], None],
        dropped: Counter[str],
        idle: Callable[[], None],
    ) -> None:
        self._name = name
        self._answer = answer
        self._limits = limits
        self._wake = wake
        self._dropped = dropped
        self._idle = idle
        self._thread = threading.get_ident()
        self._selector = selectors.DefaultSelector()
        self._clients: list[_Client] = []
        self._replies: SimpleQueue[tuple[_Client, bytes]] = SimpleQueue()
        self._asks = Bucket(limits.asks_a_second)
        self._connections = Bucket(limits.connections_a_second)
        self._throttle = Throttle(time.monotonic)
        self._log = structlog.get_logger("edge.packets")

    def serve(self, listener: socket.socket, woken: socket.socket, stopping: threading.Event) -> None:
        """Serve until `stopping` is set; `woken` becomes readable then, and for every reply."""
        self._selector.register(woken, selectors.EVENT_READ)
        while not stopping.is_set():
            wait = self._listen(listener)
            ready = self._selector.select(wait)
            if not ready and wait == _LONGEST_WAIT:
                self._idle()
            for key, _ in ready:
                if key.fileobj is woken:
                    _drain(woken)
                elif key.data is None:
                    self._accept(listener)
                else:
                    stopping.wait(self._asks.wait(time.monotonic()))
                    self._asks.take(1)
                    self._read(key.data)
                self._send()
            self._disconnect_silent()

    def close(self) -> None:
        """Disconnect every client."""
        for client in tuple(self._clients):
            self._disconnect(client, "")
        self._selector.close()
        self._idle()

    # --- inside ----------------------------------------------------------------------------

    def _listen(self, listener: socket.socket) -> float:
        """Accept new clients unless too many came lately; returns the seconds to wait at most."""
        wait = self._connections.wait(time.monotonic())
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
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.most_answer_bytes)
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
        client = _Client(connected, user, time.monotonic())
        self._clients.append(client)
        self._selector.register(connected, selectors.EVENT_READ, client)

    def _read(self, client: _Client) -> None:
        client.asked_at = time.monotonic()
        try:
            data, _, flags, _ = client.socket.recvmsg(self._limits.most_bytes)
            if not data:
                self._disconnect(client, "")
            elif flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                self._disconnect(client, "asks too much")
            else:
                client.waits = True
                self._answer(data, lambda packet: self._reply(client, packet))
                self._send()
                if client.waits and not client.gone:  # nothing more is read of it until it is answered
                    self._selector.unregister(client.socket)
                    client.read = False
        except BlockingIOError:
            pass
        except Undecodable:
            self._disconnect(client, "sends noise")
        except OSError:
            self._disconnect(client, "")
        except Exception as error:  # noqa: BLE001 - whatever one client causes, the others are served
            self._log.error(f"{self._name}_raised", exc_info=error)
            self._disconnect(client, "raised")

    def _reply(self, client: _Client, packet: bytes) -> None:
        """Hand in a client's answer; from any thread, and never waits."""
        self._replies.put((client, packet))
        if threading.get_ident() != self._thread:  # this one sends it before it waits again
            self._wake()

    def _send(self) -> None:
        """Send the answers that are ready."""
        while True:
            try:
                client, packet = self._replies.get_nowait()
            except Empty:
                return
            if client.gone or not client.waits:
                continue
            client.waits, client.asked_at = False, time.monotonic()
            try:
                client.socket.send(packet)
                if not client.read:
                    self._selector.register(client.socket, selectors.EVENT_READ, client)
                    client.read = True
            except BlockingIOError:
                self._disconnect(client, "does not read")
            except OSError:
                self._disconnect(client, "")

    def _disconnect_silent(self) -> None:
        ends = time.monotonic() - self._limits.silence
        for client in [client for client in self._clients if not client.waits and client.asked_at < ends]:
            self._disconnect(client, "asks nothing")

    def _disconnect(self, client: _Client, reason: str) -> None:
        """Disconnect a client; an empty `reason`: it has gone by itself."""
        if reason:
            self._count(reason, client.user)
        client.gone = True
        self._clients.remove(client)
        with suppress(KeyError):
            self._selector.unregister(client.socket)
        client.socket.close()

    def _count(self, reason: str, user: int, detail: str = "") -> None:
        self._dropped[reason] += 1
        times = self._throttle.happened(reason)
        if times:
            self._log.warning(
                f"{self._name}_client_dropped", reason=reason, user=user, times=times, detail=detail
            )


def _drain(woken: socket.socket) -> None:
    with suppress(OSError):
        while woken.recv(4096):
            pass
