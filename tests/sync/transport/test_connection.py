"""A connection makes one link after the other; on a played broker, in virtual time."""

from __future__ import annotations

import pytest

from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import Ending, InboundMessage, LinkState, LinkTimeouts
from sync.wire import SealedMessage
from tests.sync.simulated import Clock, SimulatedBroker

BROKER = Broker("127.0.0.1", 1, plain=True)


@pytest.fixture
def broker() -> SimulatedBroker:
    return SimulatedBroker(Clock())


def connected(broker: SimulatedBroker, limits: LinkTimeouts | None = None) -> Connection:
    return Connection(BROKER, "gate", ("dn/gate/#",), limits=limits, host=broker.host(1))


def turned(connection: Connection, times: int = 10) -> list[InboundMessage]:
    return [item for _ in range(times) for item in connection.poll(0.1)]


def test_messages_before_the_subscriptions_are_granted_are_held_back(broker: SimulatedBroker) -> None:
    """A broker may send the first message before SUBACK, when there is no conversation yet to handle it."""
    connection = connected(broker)
    early: list[InboundMessage] = []
    while not broker.links or not broker.links["gate"].hears("dn/gate/ack"):
        assert connection.poll(0.1) == []
    assert connection.number == 0, "not ready yet"
    broker.publish("central", SealedMessage("dn/gate/ack", b"early"))
    while connection.state is not LinkState.READY:
        early += connection.poll(0.1)
        assert not early or connection.number == 1
    assert [item.data for item in early + turned(connection)] == [b"early"]


def test_nothing_of_a_link_that_has_ended_arrives_on_the_next(broker: SimulatedBroker) -> None:
    connection = connected(broker)
    turned(connection)
    broker.publish("central", SealedMessage("dn/gate/ack", b"old"))
    connection.drop("a test")
    turned(connection, 50)
    assert (connection.number, connection.state) == (2, LinkState.READY)
    broker.publish("central", SealedMessage("dn/gate/ack", b"new"))
    assert [item.data for item in turned(connection)] == [b"new"]


def test_a_handshake_has_its_time_and_no_more(broker: SimulatedBroker) -> None:
    """FAULTS 33: the network goes away during it, and neither end closes the connection."""
    connection = connected(broker, LinkTimeouts(handshake=10.0))
    while connection.state is not LinkState.SUBSCRIBING:
        connection.poll(0.1)
    broker.lose("gate")
    began = broker.clock.now
    while connection.last is None:
        connection.poll(0.1)
    assert connection.last.ending is Ending.LATE
    assert 10.0 < broker.clock.now - began < 10.5
