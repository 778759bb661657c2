"""A broker, the network before it and the time, all of them played: thirty days take a second.

It does what Mosquitto does for clients of MQTT 5 without a session: it forgets who is gone, retains nothing,
ends the older of two links with one identity. A network that is away loses no byte of a
connection that survives it, as TCP; a connection of which nothing was heard for two keepalives does not.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from paho.mqtt.client import topic_matches_sub

from sync.transport.broker import Broker
from sync.transport.connection import Host
from sync.transport.core import Ended, Ending, InboundMessage, LinkState, Rejected
from sync.wire import SealedMessage

CONNECT_TIMEOUT = 5.0


@dataclass
class Clock:
    """Seconds, which pass by sleeping."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class SimulatedBroker:
    """`watch` is called with each step of each client: "connected", "subscribed", or what it published."""

    clock: Clock
    up: bool = True
    says_why: bool = True
    """Whether it tells the older of two with one identity why; Mosquitto before 2.0.15 does not."""
    watch: Callable[[str, SealedMessage | str], None] = lambda _, __: None
    opened: dict[str, int] = field(default_factory=dict)
    """How often each client has reached the broker."""
    links: dict[str, SimulatedLink] = field(default_factory=dict)
    refuses: int = 0
    """How many more publications the links do not take."""
    _away: dict[str, float] = field(default_factory=dict)

    def host(self, seed: int) -> Host:
        """What a connection uses of a machine, with this broker on its network."""
        return Host(self.clock, self.clock.sleep, random.Random(seed).random, self.open)

    def open(
        self, broker: Broker, client: str, filters: tuple[str, ...], will: Callable[[], SealedMessage | None]
    ) -> SimulatedLink:
        will()
        link = SimulatedLink(self, client, filters, 2.0 * broker.keepalive)
        if client in self._away:
            self.clock.sleep(CONNECT_TIMEOUT)
            link.end(Ending.REFUSED, "timed out")
        elif not self.up:
            link.end(Ending.REFUSED, "connection refused")
        else:
            older = self.links.get(client)
            if older is not None:
                older.end(Ending.TAKEN_OVER if self.says_why else Ending.LOST, "disconnected")
            self.links[client] = link
            self.opened[client] = self.opened.get(client, 0) + 1
        return link

    def stop(self) -> None:
        """As kill -9: everything is forgotten, and everybody notices."""
        self.up = False
        for link in self.links.values():
            link.end(Ending.LOST, "connection lost")
        self.links.clear()

    def start(self) -> None:
        self.up = True

    def lose(self, client: str) -> None:
        """The network of `client` goes away; neither end closes the connection."""
        self._away[client] = self.clock.now

    def find(self, client: str) -> None:
        """It is back; what was on its way on a link that still lives comes through."""
        self._away.pop(client)
        link = self.links.get(client)
        if link is not None:
            link.come_through()

    def away_for(self, client: str) -> float | None:
        since = self._away.get(client)
        return None if since is None else self.clock.now - since

    def publish(self, client: str, out: SealedMessage) -> None:
        """To everybody who has subscribed; shared subscriptions have one member here."""
        for link in list(self.links.values()):
            if link.hears(out.topic):
                link.deliver(InboundMessage(out.topic, out.data, retained=False))
        self.watch(client, out)

    def gone(self, link: SimulatedLink) -> None:
        if self.links.get(link.client) is link:
            del self.links[link.client]


class SimulatedLink:
    """A `Link` to the broker; `longest_absence` is how long a network may be away before it is given up."""

    def __init__(
        self, broker: SimulatedBroker, client: str, filters: tuple[str, ...], longest_absence: float
    ) -> None:
        self.client = client
        self._broker = broker
        self._filters = [name.split("/", 2)[2] if name.startswith("$share/") else name for name in filters]
        self._longest_absence = longest_absence
        self._state = LinkState.CONNECTING
        self._ended: Ended | None = None
        self._granted = False
        self._inbox: list[InboundMessage] = []
        self._on_their_way: list[InboundMessage] = []
        self._unsent: list[SealedMessage] = []

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def ended(self) -> Ended | None:
        return self._ended

    def poll(self, wait: float) -> None:
        away = self._broker.away_for(self.client)
        if away is not None:
            self._broker.clock.sleep(wait)
            if away > self._longest_absence:
                self.end(Ending.LOST, "keepalive")
        elif self._state is LinkState.CONNECTING:
            self._state = LinkState.SUBSCRIBING
            self._broker.watch(self.client, "connected")
        elif self._state is LinkState.SUBSCRIBING and not self._granted:
            # What is published now may come before the word that the subscription is granted.
            self._granted = True
        elif self._state is LinkState.SUBSCRIBING:
            self._state = LinkState.READY
            self._broker.watch(self.client, "subscribed")
        elif not self._inbox:
            self._broker.clock.sleep(wait)
        self._broker.clock.sleep(0.001)

    def fetch_arrived(self) -> list[InboundMessage]:
        arrived, self._inbox = self._inbox, []
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        return []

    def publish(self, out: SealedMessage) -> bool:
        if self._state is not LinkState.READY or self._ended is not None:
            return False
        if self._broker.refuses:
            self._broker.refuses -= 1
            return False
        if self._broker.away_for(self.client) is not None:
            self._unsent.append(out)
        else:
            self._broker.publish(self.client, out)
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        if last is not None:
            self.publish(last)
        self.abandon()

    def abandon(self) -> None:
        self._broker.gone(self)

    # --- the broker's side -------------------------------------------------------------------

    def hears(self, topic: str) -> bool:
        return (
            self._granted
            and self._ended is None
            and any(topic_matches_sub(name, topic) for name in self._filters)
        )

    def deliver(self, item: InboundMessage) -> None:
        away = self._broker.away_for(self.client) is not None
        (self._on_their_way if away else self._inbox).append(item)

    def come_through(self) -> None:
        self._inbox += self._on_their_way
        unsent, self._on_their_way, self._unsent = self._unsent, [], []
        for out in unsent:
            self._broker.publish(self.client, out)

    def end(self, ending: Ending, why: str) -> None:
        self._ended = self._ended or Ended(ending, why)
