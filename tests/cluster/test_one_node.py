"""A gate and a centre at a real RabbitMQ: what arrives, what is acknowledged when, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.central.checking.cluster import check_cluster
from sync.transport.amqp import open_amqp_link
from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import InboundMessage, Link, LinkCause, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.transport.once import end_connection, publish_once
from sync.transport.rabbitmq.management import managed
from sync.wire import Channel, SealedMessage, all_for
from tests.cluster.conftest import DEVICES, JOURNALS, settle
from tests.cluster.nodes import Cluster
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import soon

UP = tuple(f"$share/central/{channel.of_all}" for channel in Channel if channel.goes_up)
DOTTED = "green-court.main"


@contextmanager
def linked(open_one: Callable[[], Link]) -> Iterator[Link]:
    link = open_one()
    try:
        until(lambda: link.state is LinkState.READY or link.ended, link)
        yield link
    finally:
        link.abandon()


def until(done: Callable[[], object], *links: Link) -> None:
    def poll() -> None:
        for link in links:
            link.poll(0.02)

    soon(done, meanwhile=poll)


def central(cluster: Cluster, name: str = "central-1", filters: tuple[str, ...] = UP) -> Callable[[], Link]:
    return lambda: open_amqp_link(cluster.for_central(journals=JOURNALS), name, filters)


def device(
    cluster: Cluster, name: str = DEVICE, *, filters: tuple[str, ...] | None = None
) -> Callable[[], Link]:
    asked = (all_for(name),) if filters is None else filters
    return lambda: open_mqtt_link(cluster.for_device(name), name, asked, lambda: None)


def heard(link: Link, count: int, *others: Link) -> list[InboundMessage]:
    """The next messages on a link, which is polled until they are there."""
    arrived: list[InboundMessage] = []

    def enough() -> bool:
        arrived.extend(link.fetch_arrived())
        assert link.ended is None, link.ended
        return len(arrived) >= count

    until(enough, link, *others)
    return arrived


@pytest.mark.parametrize("name", [DEVICE, DOTTED])
def test_what_a_gate_says_arrives_and_what_it_is_told_too(cluster: Cluster, name: str) -> None:
    with linked(central(cluster)) as there, linked(device(cluster, name)) as gate:
        for channel in Channel:
            out = SealedMessage(channel.of(name), channel.value.encode())
            speaker, hearer = (gate, there) if channel.goes_up else (there, gate)
            assert speaker.publish(out)
            assert heard(hearer, 1, speaker) == [InboundMessage(out.topic, out.data, retained=False)]


def test_what_was_not_handled_comes_again_and_in_its_order(cluster: Cluster) -> None:
    said = [str(number).encode() for number in range(20)]
    with linked(device(cluster)) as gate:
        with linked(central(cluster)) as there:
            for data in said:
                assert gate.publish(SealedMessage(Channel.JOURNAL.of(DEVICE), data))
            until(lambda: len(there._arrived) == 20, there, gate)  # type: ignore[attr-defined]
            assert [item.data for item in there.fetch_arrived()] == said
        # It ended before it was polled again: nobody knows whether it has stored them.
        with linked(central(cluster)) as there:
            assert [item.data for item in heard(there, 20, gate)] == said
            there.disconnect(None)
        with linked(central(cluster)) as there:
            assert gate.publish(SealedMessage(Channel.JOURNAL.of(DEVICE), b"last"))
            assert [item.data for item in heard(there, 1, gate)] == [b"last"], "the others were handled"


def test_a_publisher_knows_whether_anybody_hears(cluster: Cluster) -> None:
    message = SealedMessage(Channel.COMMAND.of(DEVICE), b"x")
    with linked(device(cluster)) as gate:
        assert publish_once(cluster.for_central(), "desk", message)
        assert heard(gate, 1)[0].data == b"x"
        end_connection(cluster.for_central(), DEVICE)
        until(lambda: gate.ended, gate)
    assert not publish_once(cluster.for_central(), "desk", message)


def test_a_process_hears_what_it_asks_for_alone(cluster: Cluster) -> None:
    """`gatepost central command send` waits for one device's result."""
    wanted = Channel.COMMAND_RESULT.of(DEVICE)
    with linked(central(cluster, "desk", (wanted,))) as desk, linked(device(cluster)) as gate:
        for channel in (Channel.HELLO, Channel.COMMAND_RESULT):
            assert gate.publish(SealedMessage(channel.of(DEVICE), b"x"))
        assert [item.topic for item in heard(desk, 1, gate)] == [wanted]
    with linked(central(cluster)) as there:  # takes what waits for a centre
        assert len(heard(there, 2)) == 2


def cause_of(open_one: Callable[[], Link]) -> LinkCause | None:
    with linked(open_one) as link:
        return None if link.ended is None else link.ended.cause


def test_a_device_is_who_its_certificate_says_and_hears_nobody_elses(cluster: Cluster) -> None:
    for filters in (
        ("dn/gp-0002/#",),
        ("dn/+/#",),
        ("#",),
        ("up/+/journal",),
        (f"$share/g/up/{DEVICE}/hello",),
    ):
        assert cause_of(device(cluster, filters=filters)) is not None, filters
    stranger = "gp-9999"
    assert cause_of(device(cluster, stranger)) is LinkCause.PASSWORD
    stolen = lambda: open_mqtt_link(cluster.for_device(DEVICE), "gp-0002", (), lambda: None)  # noqa: E731
    assert cause_of(stolen) is LinkCause.CLIENT_ID
    with linked(central(cluster)) as there, linked(device(cluster)) as gate:
        assert gate.publish(SealedMessage("up/gp-0002/hello", b"not me"))
        until(lambda: gate.ended, gate, there)
        assert there.fetch_arrived() == []


def test_two_processes_of_one_id_are_told(cluster: Cluster) -> None:
    with linked(central(cluster)):
        assert cause_of(central(cluster)) is LinkCause.SAME_ID
        assert cause_of(central(cluster, "central-2")) is None


def test_a_queue_is_active_at_the_process_that_likes_it_most(cluster: Cluster) -> None:
    """Each journal is stored by one process, in order; when it ends the other goes on."""
    with (
        linked(central(cluster)) as one,
        linked(device(cluster)) as gate,
        linked(device(cluster, "gp-0002")) as too,
    ):
        with linked(central(cluster, "central-2")) as two:
            got: dict[str, set[Link]] = {}

            def take() -> None:
                for link in (one, two):
                    link.poll(0.01)
                    for item in link.fetch_arrived():
                        got.setdefault(item.topic, set()).add(link)

            for _ in range(20):
                for name, link in ((DEVICE, gate), ("gp-0002", too)):
                    link.publish(SealedMessage(Channel.JOURNAL.of(name), b"x"))
                    link.poll(0.0)
                    take()
            soon(lambda: len(got) == 2, meanwhile=take)
            assert all(len(links) == 1 for links in got.values()), "one process for each journal"
            take()
        for name, link in ((DEVICE, gate), ("gp-0002", too)):
            assert link.publish(SealedMessage(Channel.JOURNAL.of(name), b"later"))
        assert {item.data for item in heard(one, 2, gate, too)} >= {b"later"}


def test_what_a_full_queue_does_not_take_is_said_and_the_rest_is_kept(cluster: Cluster) -> None:
    """Nobody consumes, and the queue takes 20 kB: what the gate was told to be taken comes, and no other."""
    topic = Channel.ENROLMENT_REQUEST.of(DEVICE)
    with managed(cluster.for_central()) as api:
        rule = {"pattern": "^gatepost.enrolment$", "priority": 9, "definition": {"max-length-bytes": 20_000}}
        rule["definition"] |= {"overflow": "reject-publish"}  # type: ignore[operator]
        api.put("policies", "/", "small", values=rule)
        try:
            with linked(device(cluster)) as gate:
                refused: list[str] = []
                taken = 0

                def full() -> bool:
                    refused.extend(item.topic for item in gate.fetch_rejections())
                    return len(refused) >= 3

                def push() -> None:
                    nonlocal taken
                    taken += gate.publish(SealedMessage(topic, bytes(2_000)))
                    gate.poll(0.02)

                soon(full, meanwhile=push)
                assert set(refused) == {topic}
                until(lambda: not gate._topics, gate)  # type: ignore[attr-defined]
                refused += [item.topic for item in gate.fetch_rejections()]
        finally:
            api.delete("policies", "/", "small")
    with linked(central(cluster)) as there:
        assert len(heard(there, taken - len(refused))) == taken - len(refused)
        assert taken > len(refused) > 0


def test_nothing_is_taken_while_the_disk_is_full_and_all_afterwards(cluster: Cluster, tmp_path: Path) -> None:
    node, world = cluster.nodes[0], world_at(cluster, tmp_path)

    def is_full() -> bool:
        found = check_cluster(cluster.for_central(), DEVICES)
        return any("lacks space on disk: no node takes anything" in one.text for one in found)

    with world.journal() as journal, world.agent() as agent, world.central():
        written = append(journal, 5)
        soon(lambda: world.count() == 5, meanwhile=lambda: agent.poll(0.02))
        try:
            node.control("set_disk_free_limit", "100000GB")
            soon(is_full, "check does not say it")
            written += append(journal, 10)
            for _ in range(50):
                agent.poll(0.02)
            assert world.count() == 5, "it takes what it has no room for"
        finally:
            node.control("set_disk_free_limit", "32MB")
        soon(lambda: world.count() == 15, "it does not come afterwards", meanwhile=lambda: agent.poll(0.02))
    assert world.stored() == written
    soon(lambda: not is_full(), "check says on that it is full")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"port": "mqtt"}, LinkCause.NO_AMQP),
        ({"port": "closed"}, LinkCause.NOBODY_LISTENS),
        ({"ca": "devices-ca.pem"}, LinkCause.BROKER_UNKNOWN),
        ({"certificate": "broker.pem", "key": "broker.key"}, LinkCause.OWN_CERTIFICATE),
        ({"host": "nowhere.invalid", "more": ()}, LinkCause.NO_SUCH_NAME),
    ],
    ids=["another port", "no port", "another authority", "no client's certificate", "no such name"],
)
def test_what_goes_wrong_has_a_name(cluster: Cluster, change: dict[str, object], cause: LinkCause) -> None:
    ports = cluster.nodes[0].ports
    by_word = {"mqtt": ports.mqtt, "closed": 9}
    values = {
        key: by_word.get(
            str(value), cluster.folder / str(value) if str(value).endswith((".pem", ".key")) else value
        )
        for key, value in change.items()
    }
    broker: Broker = cluster.for_central(**values)
    with linked(lambda: open_amqp_link(broker, "central-1", UP)) as link:
        assert link.ended is not None
        assert link.ended.cause is cause, link.ended


def test_a_node_that_is_away_is_passed_over(cluster: Cluster) -> None:
    """Nothing listens at the first of two nodes; the next try is at the other."""
    broker = cluster.for_device(DEVICE, host="127.0.0.2", more=("127.0.0.1",), longest_pause=0.1)
    connection = Connection(broker, DEVICE, (all_for(DEVICE),), lambda: 0.0)
    soon(lambda: connection.state is LinkState.READY, meanwhile=lambda: connection.poll(0.05))
    assert connection.host == "127.0.0.1"
    assert connection.last is not None
    assert connection.last.cause is LinkCause.NOBODY_LISTENS
    connection.close()


def world_at(cluster: Cluster, folder: Path) -> World:
    """A gate and a centre whose broker it is."""
    return World(
        folder,
        f"sqlite:///{folder}/central.sqlite",
        0,
        broker_of=lambda name: cluster.table(name, **({} if name else {"journals": JOURNALS})),
    )


def test_a_gate_and_a_centre_that_is_killed_lose_nothing(cluster: Cluster, tmp_path: Path) -> None:
    world = world_at(cluster, tmp_path)
    with world.journal() as journal, world.agent() as agent:
        with world.central():
            written = append(journal, 30)
            soon(lambda: world.count() == 30, meanwhile=lambda: agent.poll(0.02))
        written += append(journal, 30)
        for _ in range(20):
            agent.poll(0.01)
        with world.central("central-2"):
            soon(lambda: world.count() == 60, meanwhile=lambda: agent.poll(0.02))
    assert world.stored() == written
    assert settle(cluster) == 0, "a centre takes away nobody whom it does not know"


def test_what_is_so_already_is_left(cluster: Cluster) -> None:
    assert settle(cluster, DEVICES) == 0
