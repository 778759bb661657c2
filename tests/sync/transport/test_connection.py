"""A connection makes one link after the other; on a played broker, in virtual time."""

from __future__ import annotations

import pytest

from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import Arrived, Ending, Limits, LinkState
from sync.wire import Sealed
from tests.sync.simulated import Clock, SimulatedBroker

BROKER = Broker("127.0.0.1", 1, plain=True)


@pytest.fixture
def broker() -> SimulatedBroker:
    return SimulatedBroker(Clock())


def connected(broker: SimulatedBroker, limits: Limits | None = None) -> Connection:
    return Connection(BROKER, "gate", ("dn/gate/#",), limits=limits, host=broker.host(1))


def turned(connection: Connection, times: int = 10) -> list[Arrived]:
    return [item for _ in range(times) for item in connection.turn(0.1)]


def test_what_comes_before_the_subscriptions_are_granted_waits_for_that(broker: SimulatedBroker) -> None:
    """A broker may send the first message before it says so; nobody has a conversation then to give it to."""
    connection = connected(broker)
    early: list[Arrived] = []
    while not broker.links or not broker.links["gate"].hears("dn/gate/ack"):
        assert connection.turn(0.1) == []
    assert connection.number == 0, "not ready yet"
    broker.publish("central", Sealed("dn/gate/ack", b"early"))
    while connection.state is not LinkState.READY:
        early += connection.turn(0.1)
        assert not early or connection.number == 1
    assert [item.data for item in early + turned(connection)] == [b"early"]


def test_nothing_of_a_link_that_has_ended_arrives_on_the_next(broker: SimulatedBroker) -> None:
    connection = connected(broker)
    turned(connection)
    broker.publish("central", Sealed("dn/gate/ack", b"old"))
    connection.drop("a test")
    turned(connection, 50)
    assert (connection.number, connection.state) == (2, LinkState.READY)
    broker.publish("central", Sealed("dn/gate/ack", b"new"))
    assert [item.data for item in turned(connection)] == [b"new"]


def test_a_handshake_has_its_time_and_no_more(broker: SimulatedBroker) -> None:
    """FAULTS 33: the network goes away in it, and nobody hangs up."""
    connection = connected(broker, Limits(handshake=10.0))
    while connection.state is not LinkState.SUBSCRIBING:
        connection.turn(0.1)
    broker.lose("gate")
    began = broker.clock.now
    while connection.last is None:
        connection.turn(0.1)
    assert connection.last.ending is Ending.LATE
    assert 10.0 < broker.clock.now - began < 10.5
