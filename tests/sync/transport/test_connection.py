"""A connection makes one link after the other; on a simulated network, in virtual time."""

from __future__ import annotations

from random import Random

import pytest

from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import Ending, InboundMessage, LinkState, LinkTimeouts
from sync.wire import SealedMessage
from tests.simulation.network import SimulatedNetwork
from tests.simulation.network_faults import begin
from tests.simulation.plan import Fault, FaultEvent
from tests.simulation.scheduler import Scheduler

BROKER = Broker("127.0.0.1", 1, plain=True)


@pytest.fixture
def network() -> SimulatedNetwork:
    return SimulatedNetwork(Scheduler(1), 1)


def connected(network: SimulatedNetwork, limits: LinkTimeouts | None = None) -> Connection:
    clock, random = network.scheduler, Random(1)
    process = network.process("gate", lambda: clock.now, lambda: 0, random.randbytes, may_wait=True)
    return Connection(BROKER, "gate", ("dn/gate/#",), limits=limits, host=process.host)


def turned(connection: Connection, times: int = 10) -> list[InboundMessage]:
    return [item for _ in range(times) for item in connection.poll(0.1)]


def test_messages_before_the_subscriptions_are_granted_are_held_back(network: SimulatedNetwork) -> None:
    """A broker may send the first message before SUBACK, when there is no conversation yet to handle it."""
    connection = connected(network)
    early: list[InboundMessage] = []
    while not network.reaches("gate"):
        assert connection.poll(0.001) == []
    network.say(SealedMessage("dn/gate/ack", b"early"))
    assert connection.number == 0, "not ready yet"
    while connection.state is not LinkState.READY:
        early += connection.poll(0.001)
        assert not early or connection.number == 1
    assert [item.data for item in early + turned(connection)] == [b"early"]


def test_nothing_of_a_link_that_has_ended_arrives_on_the_next(network: SimulatedNetwork) -> None:
    connection = connected(network)
    turned(connection)
    network.say(SealedMessage("dn/gate/ack", b"old"))
    connection.drop("a test")
    turned(connection, 50)
    assert (connection.number, connection.state) == (2, LinkState.READY)
    network.say(SealedMessage("dn/gate/ack", b"new"))
    assert [item.data for item in turned(connection)] == [b"new"]


def test_a_handshake_has_its_time_and_no_more(network: SimulatedNetwork) -> None:
    """FAULTS 33: the network goes away during it, and neither end closes the connection."""
    connection = connected(network, LinkTimeouts(handshake=10.0))
    while connection.state is not LinkState.SUBSCRIBING:
        connection.poll(0.01)
    begin(network, FaultEvent(network.scheduler.now, Fault.LINK_AWAY, "gate"))
    began = network.scheduler.now
    while connection.last is None:
        connection.poll(0.1)
    assert connection.last.ending is Ending.LATE
    assert 9.8 < network.scheduler.now - began < 10.5


def test_after_tries_in_vain_a_handshake_has_longer(network: SimulatedNetwork) -> None:
    connection = connected(network, LinkTimeouts(handshake=10.0))
    given = []
    for _ in range(5):
        while connection.state is not LinkState.SUBSCRIBING:
            connection.poll(0.01)
        given.append(round(connection.next_due() - network.scheduler.now))
        connection.drop("a test", Ending.LATE)
    assert given == [10, 20, 40, 40, 40]
