"""One simulated link of a client to the broker: what each end knows of it, and what is on its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from sync.transport.core import Ending, InboundMessage, LinkEnded, LinkState, Rejected
from sync.wire import SealedMessage

if TYPE_CHECKING:
    from tests.simulation.network import Process, SimulatedNetwork

LATENCY = (0.01, 0.06)
"""Seconds for which a packet is on its way to the broker, or from it, in good times."""
CONNECT_TIMEOUT = 5.0
"""Seconds after which a client gives up a connection that nobody answers."""
CLIENT_PATIENCE, BROKER_PATIENCE = 2.0, 1.5
"""Keepalives without a word after which either end gives the other up (MQTT 5, 3.1.2.10)."""
MOST_UNANSWERED = 500
"""Publications that a client has on their way, at most."""
MOST_QUEUED = 1_000
"""Messages that the broker keeps for a client that does not read; more are dropped, as by Mosquitto."""
_LATER = 1e-6

Packet = Callable[[], object]


class _Way:
    """One direction of a link: what is sent comes in order, after its time. It waits while the network is
    away.
    """

    def __init__(self, link: SimulatedLink, most: int = 0) -> None:
        self._link = link
        self._most = most
        self._arrives_at = 0.0
        self.held: deque[Packet] = deque()

    def send(self, packet: Packet) -> bool:
        """Send a packet; False where there is no more room for it."""
        network = self._link.network
        if network.is_away(self._link.client):
            if self._most and len(self.held) >= self._most:
                return False
            self.held.append(packet)
            return True
        now = network.scheduler.now
        self._arrives_at = max(self._arrives_at + _LATER, now + self._link.latency())
        network.scheduler.at(self._arrives_at, packet)
        return True

    def come_through(self) -> None:
        held, self.held = self.held, deque()
        for packet in held:
            self.send(packet)


class SimulatedLink:
    """A `Link` to the simulated broker. It begins to connect when it is made."""

    def __init__(
        self,
        network: SimulatedNetwork,
        process: Process,
        client: str,
        filters: tuple[str, ...],
        will: SealedMessage | None,
        keepalive: float,
    ) -> None:
        self.network = network
        self.client = client
        self.filters = filters
        self.will = will
        self.keepalive = keepalive
        self.is_granted = False
        """Whether the broker has granted the subscriptions."""
        self._process = process
        self._state = LinkState.CONNECTING
        self._ended: LinkEnded | None = None
        self._is_closed = False
        self._inbox: deque[Packet] = deque()
        self._arrived: list[InboundMessage] = []
        self._rejected: list[Rejected] = []
        self._unanswered = 0
        self._up, self._down = _Way(self), _Way(self, MOST_QUEUED)
        network.begun[client] += 1
        self._random = Random(f"{network.seed} {client} {network.begun[client]}")
        self._connect()

    # --- the client's side ------------------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def ended(self) -> LinkEnded | None:
        return self._ended

    def poll(self, wait: float) -> None:
        if not self._inbox and self._ended is None:
            self._process.sleep(wait)
        while self._inbox and self._ended is None:
            self._inbox.popleft()()

    def fetch_arrived(self) -> list[InboundMessage]:
        arrived, self._arrived = self._arrived, []
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        rejected, self._rejected = self._rejected, []
        return rejected

    def publish(self, out: SealedMessage) -> bool:
        if self._state is not LinkState.READY or self._ended is not None:
            return False
        if self._unanswered >= MOST_UNANSWERED:
            return False
        self._unanswered += 1
        self._up.send(lambda: self._reach_broker(out))
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        if last is not None:
            self.publish(last)
        self._close(lambda: self.network.drop(self, with_will=False))

    def abandon(self) -> None:
        self._close(lambda: self.network.drop(self))

    def go_dark(self) -> None:
        """The client's machine has no power: nothing more is sent, not even that the link ends."""
        self._is_closed = True
        self._inbox.clear()
        self._up.held.clear()
        self.network.scheduler.after(BROKER_PATIENCE * self.keepalive, lambda: self.network.drop(self))

    def latency(self) -> float:
        """Seconds for which its next packet is on its way."""
        return self._random.uniform(*LATENCY) + self.network.delay(self.client)

    # --- the broker's side ------------------------------------------------------------------------

    def deliver(self, item: InboundMessage) -> None:
        self._down.send(lambda: self._hand(lambda: self._arrived.append(item)))

    def take_over(self, *, says_why: bool) -> None:
        """Another client has come with the same identity."""
        self.end(Ending.TAKEN_OVER if says_why else Ending.LOST, "disconnected: session taken over")

    def end(self, ending: Ending, why: str) -> None:
        """Tell the client that the link has ended."""
        self._down.send(lambda: self._hand(lambda: self._end(ending, why)))

    # --- a network that goes away -----------------------------------------------------------------

    def lose_network(self) -> None:
        """Nothing comes through any more. Both ends give up after their time, if it lasts."""
        after = self.network.scheduler.after
        went = self.network.scheduler.now
        after(CLIENT_PATIENCE * self.keepalive, lambda: self._give_up_client(went))
        after(BROKER_PATIENCE * self.keepalive, lambda: self._give_up_broker(went))
        self._away_since: float | None = went

    def find_network(self) -> None:
        """What was on its way comes through, where both ends still hold on to the link."""
        self._away_since = None
        if self.network.links.get(self.client) is self or self._state is LinkState.CONNECTING:
            self._up.come_through()
            self._down.come_through()
        else:
            self._up.held.clear()
            self._down.held.clear()
            self.end(Ending.LOST, "connection reset")

    # --- inside -----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._away_since = self.network.scheduler.now if self.network.is_away(self.client) else None
        if self._away_since is None and self.network.is_refused(self.client):
            self._end(Ending.REFUSED, "connection refused")
            return
        self._up.send(self._reach_listener)
        self._timeout = self.network.scheduler.after(CONNECT_TIMEOUT, self._time_out)

    def _reach_listener(self) -> None:
        if self._is_closed or self._ended is not None:
            return
        if self.network.is_refused(self.client):
            self.end(Ending.REFUSED, "connection refused")
            return
        self.network.accept(self)
        self._down.send(lambda: self._hand(self._connected))

    def _connected(self) -> None:
        self._timeout.cancel()
        self._state = LinkState.SUBSCRIBING
        self._up.send(self._grant)

    def _grant(self) -> None:
        if self.network.links.get(self.client) is not self:
            return
        # What is published now may come before the word that the subscriptions are granted.
        self.is_granted = True
        self.network.subscribe(self)
        self.network.scheduler.after(LATENCY[0], self._say_granted)

    def _say_granted(self) -> None:
        self._down.send(lambda: self._hand(self._granted))

    def _granted(self) -> None:
        self._state = LinkState.READY

    def _reach_broker(self, out: SealedMessage) -> None:
        self._unanswered -= 1
        if self.network.links.get(self.client) is not self:
            return
        if self.network.is_forbidden(self.client):
            self._down.send(lambda: self._hand(lambda: self._reject(out.topic)))
            return
        self.network.publish(self, out)

    def _reject(self, topic: str) -> None:
        self._rejected.append(Rejected(topic, "Not authorized"))

    def _time_out(self) -> None:
        if self._state is LinkState.CONNECTING and not self._is_closed:
            self._hand(lambda: self._end(Ending.REFUSED, "timed out"))

    def _give_up_client(self, went: float) -> None:
        if self._away_since == went and self._ended is None:
            self._hand(lambda: self._end(Ending.LOST, "keepalive"))

    def _give_up_broker(self, went: float) -> None:
        if self._away_since == went:
            self.network.drop(self)

    def _hand(self, packet: Packet) -> None:
        """Let the client read a packet at its next poll."""
        if not self._is_closed:
            self._inbox.append(packet)
            self._process.wake()

    def _end(self, ending: Ending, why: str) -> None:
        self._ended = self._ended or LinkEnded(ending, why)

    def _close(self, at_broker: Packet) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._inbox.clear()
            self._up.send(at_broker)
