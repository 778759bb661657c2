"""Many links in one thread, waited for together: by epoll(7), which knows any number of descriptors.

A link is made without blocking, its TLS too, so that a thousand can be on their way at once.
"""

from __future__ import annotations

import heapq
import select
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

import paho.mqtt.client as mqtt

from edge.errors import ConfigurationError
from sync.transport.broker import Broker
from sync.transport.connection import Will
from sync.transport.core import Ending, InboundMessage, Link, LinkEnded, LinkState, Rejected
from sync.transport.mqtt import MqttLink
from sync.transport.naming import name_error
from sync.transport.tls import tls_of
from sync.wire import SealedMessage

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_MOST_READS = 64
"""Packets of one link that are read at one turn: a link that is flooded does not keep the others waiting."""

_POLLED_EVERY = 0.1
"""Of its keep-alive, at the latest: a broker waits for one and a half."""
_KNOWN_FOR = 30.0
"""Seconds for which a host's addresses are not looked up again."""


@dataclass(frozen=True)
class _Who:
    """Whose link it is, and what it is opened with."""

    broker: Broker
    client_id: str
    filters: tuple[str, ...]
    will: Will


class ManyLinks:
    """Opens links and waits for all of them; used by one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._addresses = _Addresses()
        self._pings = _Pings()

    def open_link(
        self,
        broker: Broker,
        client_id: str,
        filters: tuple[str, ...],
        will: Will,
        patience: float = 0.0,  # noqa: ARG002 - nothing here waits
    ) -> Link:
        """A link that begins to connect (`sync.transport.connection.Host.open_link`)."""
        return _WaitedLink(
            _Who(broker, client_id, filters, will), self._selector, self._addresses, self._pings
        )

    def wait(self, seconds: float) -> set[str]:
        """The client ids whose link can be polled with profit, within `seconds`: it has something, or it was
        not polled for so long that a ping may be due.
        """
        if not self._selector.get_map():
            time.sleep(seconds)
            return set()
        now = time.monotonic()
        ready = {key.data for key, _ in self._selector.select(min(seconds, self._pings.wait(now)))}
        return ready | self._pings.due(time.monotonic())

    def close(self) -> None:
        self._selector.close()


Address = tuple[socket.AddressFamily, tuple[str, int]]


class _WaitedLink:
    """A link that is on its way to the broker, and then an `MqttLink` over the connection made."""

    def __init__(
        self,
        who: _Who,
        selector: selectors.BaseSelector,
        addresses: _Addresses,
        pings: _Pings,
    ) -> None:
        self._who = who
        self._selector = selector
        self._pings = pings
        self._ended: LinkEnded | None = None
        self._opened: socket.socket | None = None
        self._mqtt: MqttLink | None = None
        self._number, self._watched = -1, 0
        try:
            self._left = addresses.of(who.broker.host, who.broker.port)
            self._begin()
        except OSError as error:
            self._refuse(error)

    @property
    def state(self) -> LinkState:
        return LinkState.CONNECTING if self._mqtt is None else self._mqtt.state

    @property
    def ended(self) -> LinkEnded | None:
        return self._ended or (None if self._mqtt is None else self._mqtt.ended)

    def poll(self, wait: float) -> None:  # noqa: ARG002 - who polls has waited for all links
        if self.ended is not None:
            return
        try:
            if self._mqtt is None and not self._is_through():
                return
        except (OSError, ValueError, ConfigurationError) as error:
            self._refuse(error)
            return
        if self._mqtt is not None:
            self._mqtt.poll(0.0)
            self._pings.note(
                self._who.client_id, time.monotonic() + _POLLED_EVERY * self._who.broker.keepalive
            )
            self._watch_again()

    def fetch_arrived(self) -> list[InboundMessage]:
        return [] if self._mqtt is None else self._mqtt.fetch_arrived()

    def fetch_rejections(self) -> list[Rejected]:
        return [] if self._mqtt is None else self._mqtt.fetch_rejections()

    def publish(self, out: SealedMessage) -> bool:
        if self._mqtt is None:
            return False
        taken = self._mqtt.publish(out)
        self._watch_again()
        return taken

    def disconnect(self, last: SealedMessage | None) -> None:
        self._watch(0)
        if self._mqtt is not None:
            self._mqtt.disconnect(last)
        self._close()

    def abandon(self) -> None:
        self._watch(0)
        if self._mqtt is not None:
            self._mqtt.abandon()
        self._close()

    # --- inside ----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin to connect to the next address. Raises OSError."""
        family, place = self._left.pop(0)
        self._opened = socket.socket(family, socket.SOCK_STREAM)
        self._number = self._opened.fileno()
        self._opened.setblocking(False)
        self._opened.connect_ex(place)
        self._watch(_WRITE)

    def _is_through(self) -> bool:
        """Whether the connection stands; then MQTT begins. Raises OSError."""
        opened = self._opened
        assert opened is not None  # noqa: S101 - else it has ended
        if not isinstance(opened, ssl.SSLSocket):
            if not _is_known(opened):
                return False
            failed = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failed and self._left:
                self._watch(0)
                opened.close()
                self._begin()
                return False
            if failed:
                raise OSError(failed, "could not connect")
            opened = self._secured(opened)
        if isinstance(opened, ssl.SSLSocket) and not self._has_shaken_hands(opened):
            return False
        who = self._who
        link = MqttLink(who.broker, who.client_id, who.filters, who.will(), turn=_turn)
        link.connect_over(opened)
        self._mqtt = link
        return True

    def _secured(self, opened: socket.socket) -> socket.socket:
        """The connection with TLS around it, where the broker asks for that."""
        context = tls_of(self._who.broker)
        if context is None:
            return opened
        secured = context.wrap_socket(
            opened, server_hostname=self._who.broker.host, do_handshake_on_connect=False
        )
        self._opened = secured
        return secured

    def _has_shaken_hands(self, opened: ssl.SSLSocket) -> bool:
        try:
            opened.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(_READ)
            return False
        except ssl.SSLWantWriteError:
            self._watch(_WRITE)
            return False
        return True

    def _watch_again(self) -> None:
        if self._mqtt is not None and self._mqtt.ended is None:
            self._watch(_READ | (_WRITE if self._mqtt.wants_to_write else 0))
        else:
            self._watch(0)

    def _watch(self, events: int) -> None:
        """By the descriptor's number: the library may have closed it, and epoll has forgotten it then."""
        if events == self._watched:
            return
        if not events:
            self._selector.unregister(self._number)
        elif self._watched:
            self._selector.modify(self._number, events, self._who.client_id)
        else:
            self._selector.register(self._number, events, self._who.client_id)
        self._watched = events

    def _refuse(self, error: Exception) -> None:
        why = name_error(error, self._who.broker)
        self._ended = LinkEnded(Ending.REFUSED, str(why), why.cause)
        self.abandon()

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _is_known(opened: socket.socket) -> bool:
    """Whether a connection is made, or has failed: one of both is known."""
    poller = select.poll()
    poller.register(opened, select.POLLOUT)
    return bool(poller.poll(0))


def _turn(client: mqtt.Client, wait: float) -> int:
    """What the library's own `loop` does, for any descriptor."""
    opened = client.socket()
    if opened is None:
        return int(mqtt.MQTT_ERR_NO_CONN)
    if wait > 0.0:
        poller = select.poll()
        poller.register(opened, select.POLLIN)
        poller.poll(1_000 * wait)
    code = client.loop_read()
    for _ in range(_MOST_READS):
        # Bytes that TLS has taken in already, no descriptor tells of.
        pending = opened.pending() if isinstance(opened, ssl.SSLSocket) and opened.fileno() != -1 else 0
        if code != mqtt.MQTT_ERR_SUCCESS or not pending:
            break
        code = client.loop_read()
    if code == mqtt.MQTT_ERR_SUCCESS and client.want_write():
        code = client.loop_write()
    return int(code if code != mqtt.MQTT_ERR_SUCCESS else client.loop_misc())


class _Pings:
    """When each link is polled at the latest: the library pings in its turns, and a quiet link has none."""

    def __init__(self) -> None:
        self._noted: set[str] = set()
        self._next: list[tuple[float, str]] = []

    def note(self, name: str, at: float) -> None:
        """A link was polled, and is to be again by then (monotonic, in seconds)."""
        if name not in self._noted:  # else it comes sooner, which does no harm
            self._noted.add(name)
            heapq.heappush(self._next, (at, name))

    def wait(self, now: float) -> float:
        """Seconds until the first is due."""
        return max(0.0, self._next[0][0] - now) if self._next else float("inf")

    def due(self, now: float) -> set[str]:
        """Those that are; each is named once until it was polled."""
        found = set()
        while self._next and self._next[0][0] <= now:
            found.add(heapq.heappop(self._next)[1])
        self._noted -= found
        return found


class _Addresses:
    """The addresses of hosts, looked up again after a while; each link begins with another one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._turn = 0

    def of(self, host: str, port: int) -> list[Address]:
        """All of `host`, in the order in which one link tries them. Blocks. Raises OSError."""
        now = time.monotonic()
        until, found = self._known.get((host, port), (0.0, []))
        if now >= until:
            found = list(dict.fromkeys(_addresses_of(host, port)))
            self._known[host, port] = now + _KNOWN_FOR, found
        self._turn += 1
        first = self._turn % len(found)
        return [*found[first:], *found[:first]]


def _addresses_of(host: str, port: int) -> Iterator[Address]:
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        yield family, (str(place[0]), port)
