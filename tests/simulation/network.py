"""The broker of a simulated world, and the network before it; what goes wrong there is in `network_faults`.

It does what Mosquitto does for clients of MQTT 5 without a session: it retains nothing, ends the older of
two links with one identity, says a client's will when the client goes without a goodbye, gives each message
to one member of a shared group by turns, and keeps so many messages for one that does not read. Of a network
that is away, a connection that survives it loses no byte, as TCP; one of which nothing was heard for too long
ends.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from paho.mqtt.client import topic_matches_sub

from sync.transport.broker import Broker
from sync.transport.connection import Host
from sync.transport.core import InboundMessage
from sync.wire import SealedMessage
from tests.simulation.link import SimulatedLink
from tests.simulation.scheduler import Scheduler

KEPT_FOR = 3_600.0
"""Seconds for which the network's recorder keeps what was said."""
EVERYONE = ""
"""In place of a client: all of them."""

Wall = Callable[[], int]
Entropy = Callable[[int], bytes]


@dataclass(frozen=True)
class Said:
    """A message as somebody who reads along records it."""

    at: float
    topic: str
    data: bytes


@dataclass
class Tamperer:
    """Somebody or something between the senders and the broker. `target` is a client, a device that messages
    are about, or everyone; `hand_on` says of each message how often it comes, how much later, and as what.
    """

    target: str
    hand_on: Callable[[SealedMessage], Iterator[tuple[float, bytes]]]


@dataclass
class Process:
    """A process at either end, as the network sees it. `wake` has it polled: something arrived for it.

    Time passes while it waits, if it `may_wait`: a test polls it by hand, and nobody else is at work.
    """

    network: SimulatedNetwork
    client: str
    clock: Callable[[], float]
    wall: Wall
    entropy: Entropy
    wake: Callable[[], object]
    may_wait: bool = False
    link: SimulatedLink | None = None

    @property
    def host(self) -> Host:
        """What it uses of its machine, with this network."""
        return Host(self.clock, self.sleep, self._chance, self._open_link, self.wall, self.entropy)

    def sleep(self, seconds: float) -> None:
        """Let it wait. Raises AssertionError where it may not."""
        if seconds > 0.0:
            assert self.may_wait, f"a process of a simulated world waits for {seconds:g} s: poll it with 0"
            self.network.scheduler.run(self.network.scheduler.now + seconds)

    def die(self) -> None:
        """End it, in whatever way: what is left of its connection its machine closes."""
        if self.link is not None:
            self.link.abandon()
        self.network.leave(self)

    def lose_power(self) -> None:
        """End it with its machine: nobody closes the connection, and the broker waits for the keepalive."""
        if self.link is not None:
            self.link.go_dark()
        self.network.leave(self)

    def _chance(self) -> float:
        return int.from_bytes(self.entropy(6)) / 2.0**48

    def _open_link(
        self,
        broker: Broker,
        client: str,
        filters: tuple[str, ...],
        will: Callable[[], SealedMessage | None],
        _patience: float,
    ) -> SimulatedLink:
        self.link = SimulatedLink(self.network, self, client, filters, will(), broker.keepalive)
        return self.link


@dataclass
class SimulatedNetwork:
    """`watch` is called with each step of each client: "connected", "subscribed", or what it published."""

    scheduler: Scheduler
    seed: int
    downs: int = 0
    """How many faults keep the broker from running."""
    says_why: bool = True
    """Whether it tells the older of two with one identity why; Mosquitto before 2.0.15 does not."""
    watch: Callable[[str, SealedMessage | str], None] = lambda _, __: None
    begun: Counter[str] = field(default_factory=Counter)
    """How often each client has tried to connect."""
    opened: Counter[str] = field(default_factory=Counter)
    """How often each client has reached the broker."""
    links: dict[str, SimulatedLink] = field(default_factory=dict)
    """The broker's link of each client."""
    away: Counter[str] = field(default_factory=Counter)
    """How many faults keep the packets of a client, or of everyone, from getting through."""
    refuses: Counter[str] = field(default_factory=Counter)
    forbids: Counter[str] = field(default_factory=Counter)
    """How many faults have the broker refuse a client's connections, and its publications."""
    delays: Counter[str] = field(default_factory=Counter)
    """Milliseconds more for each packet of a client, or of everyone."""
    tamperers: list[Tamperer] = field(default_factory=list)
    said: deque[Said] = field(default_factory=deque)
    """What was said in the last hour, oldest first."""
    commands: list[Said] = field(default_factory=list)
    """Every command so far."""
    _processes: list[Process] = field(default_factory=list)
    _turns: Counter[str] = field(default_factory=Counter)
    _routes: dict[str, list[tuple[str, list[SimulatedLink]]]] = field(default_factory=dict)

    def process(
        self,
        client: str,
        clock: Callable[[], float],
        wall: Wall,
        entropy: Entropy,
        wake: Callable[[], object] = lambda: None,
        *,
        may_wait: bool = False,
    ) -> Process:
        """A process that connects as `client`; its `host` is for `Agent` or `Central`."""
        made = Process(self, client, clock, wall, entropy, wake, may_wait)
        self._processes.append(made)
        return made

    def leave(self, process: Process) -> None:
        """Forget a process that has ended."""
        self._processes.remove(process)

    def reaches(self, client: str) -> bool:
        """Whether messages go through between `client` and the broker, both ways."""
        link = self.links.get(client)
        return (
            link is not None
            and link.is_granted
            and not self.is_away(client)
            and not self.is_forbidden(client)
        )

    def say(self, out: SealedMessage, *, retained: bool = False, client: str = EVERYONE) -> None:
        """Have the broker get a message now, of central's people or of anybody who has a way in."""
        if self.is_up:
            self._note(Said(self.scheduler.now, out.topic, out.data))
            self.hand_on(out, retained=retained)
            self.watch(client, out)

    # --- what is so -----------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        """Whether the broker runs."""
        return self.downs == 0

    def is_away(self, client: str) -> bool:
        return self.away[client] > 0 or self.away[EVERYONE] > 0

    def is_refused(self, client: str) -> bool:
        return not self.is_up or self.refuses[client] > 0 or self.refuses[EVERYONE] > 0

    def is_forbidden(self, client: str) -> bool:
        return self.forbids[client] > 0 or self.forbids[EVERYONE] > 0

    def delay(self, client: str) -> float:
        """Seconds for which a packet of `client` is on its way, beyond what it takes in good times."""
        return (self.delays[client] + self.delays[EVERYONE]) / 1_000

    def links_of(self, client: str) -> list[SimulatedLink]:
        """Every link of a client, or of everyone, at either end."""
        held = [one.link for one in self._processes if one.link is not None]
        every = dict.fromkeys([*self.links.values(), *held])
        return [link for link in every if client in {EVERYONE, link.client}]

    # --- the broker -----------------------------------------------------------------------------

    def accept(self, link: SimulatedLink) -> None:
        """Let a client in; the older of two with one identity has to go."""
        older = self.links.get(link.client)
        if older is not None:
            older.take_over(says_why=self.says_why)
            self.drop(older)
        self.links[link.client] = link
        self.opened[link.client] += 1
        self.watch(link.client, "connected")

    def subscribe(self, link: SimulatedLink) -> None:
        self._routes.clear()
        self.watch(link.client, "subscribed")

    def publish(self, link: SimulatedLink, out: SealedMessage) -> None:
        """Handle what a client publishes."""
        self._note(Said(self.scheduler.now, out.topic, out.data))
        for later, data in self._tampered(link.client, out):
            self._in(later, SealedMessage(out.topic, data))
        self.watch(link.client, out)

    def hand_on(self, out: SealedMessage, *, retained: bool = False) -> None:
        """Give a message to everybody who has subscribed, and to one member of each shared group."""
        if not self.is_up:
            return
        for name, members in self._route(out.topic):
            self._turns[name] += 1
            members[self._turns[name] % len(members)].deliver(InboundMessage(out.topic, out.data, retained))

    def drop(self, link: SimulatedLink, *, with_will: bool = True) -> None:
        """Forget a client's link, and say its will."""
        if self.links.get(link.client) is not link:
            return
        del self.links[link.client]
        self._routes.clear()
        if with_will and link.will is not None:
            self.hand_on(link.will)

    # --- inside ---------------------------------------------------------------------------------

    def _in(self, seconds: float, out: SealedMessage) -> None:
        if seconds == 0.0:
            self.hand_on(out)
        else:
            self.scheduler.after(seconds, lambda: self.hand_on(out))

    def _tampered(self, client: str, out: SealedMessage) -> list[tuple[float, bytes]]:
        found = [(0.0, out.data)]
        device = device_of(out.topic)
        for one in self.tamperers:
            if one.target in {EVERYONE, client, device}:
                found = [
                    (later + more, data)
                    for later, before in found
                    for more, data in one.hand_on(SealedMessage(out.topic, before))
                ]
        return found

    def _note(self, said: Said) -> None:
        self.said.append(said)
        while self.said[0].at < said.at - KEPT_FOR:
            self.said.popleft()
        if said.topic.endswith("/command"):
            self.commands.append(said)

    def _route(self, topic: str) -> list[tuple[str, list[SimulatedLink]]]:
        """Who gets a message on `topic`: subscriptions, and of the members of each one by turns."""
        found = self._routes.get(topic)
        if found is None:
            shared: dict[str, list[SimulatedLink]] = {}
            alone: list[tuple[str, list[SimulatedLink]]] = []
            for link in self.links.values():
                for name in link.filters if link.is_granted else ():
                    group, asked = _shared(name)
                    if not topic_matches_sub(asked, topic):
                        continue
                    if group:
                        shared.setdefault(name, []).append(link)
                    else:
                        alone.append((name, [link]))
            found = self._routes[topic] = [*alone, *shared.items()]
        return found


def device_of(topic: str) -> str:
    """The device that a topic names; empty: none."""
    return topic.split("/")[1] if "/" in topic else ""


def _shared(name: str) -> tuple[str, str]:
    """The group of a shared subscription, and what is subscribed to (MQTT 5, 4.8.2)."""
    if not name.startswith("$share/"):
        return "", name
    _, group, asked = name.split("/", 2)
    return group, asked
