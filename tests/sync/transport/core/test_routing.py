"""Names on RabbitMQ: topics as routing keys, and who may use which."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from sync.transport.core import (
    key_of,
    let_in,
    liking,
    mended_topic,
    of_device,
    queues_for,
    topic_of,
    topology_of,
)
from sync.wire import Channel, all_for

QUEUES = queues_for([f"$share/central/{channel.of_all}" for channel in Channel if channel.goes_up], 8)


@pytest.mark.parametrize("device", ["gp-0001", "green-court.main", "a.b-c_d.e"])
def test_a_topic_is_a_routing_key_and_back(device: str) -> None:
    for channel in Channel:
        topic = channel.of(device)
        assert topic_of(key_of(topic)) == topic
        told = mended_topic(key_of(topic).replace(".", "/"), [all_for(device)])
        assert channel.goes_up or told == topic, "what the plug-in gives a device"


def allowed(device: str, act: str, key: str) -> bool:
    (rule,) = (item.values for item in of_device(device) if item.kind == "topic-permissions")
    return re.search(rule[act], key) is not None


@pytest.mark.parametrize(
    ("other", "why"),
    [("green-courtxmain", "a dot stands for itself"), ("green-court", ""), ("x", "")],
)
def test_a_device_reads_and_writes_its_own_alone(other: str, why: str) -> None:
    own = "green-court.main"
    for channel in Channel:
        act, not_the = ("write", "read") if channel.goes_up else ("read", "write")
        assert allowed(own, act, key_of(channel.of(own)))
        assert not allowed(own, not_the, key_of(channel.of(own)))
        assert not allowed(own, act, key_of(channel.of(other))), why


@pytest.mark.parametrize(
    "key", ["#", "*.#", "dn.*.ack", "dn.#", "up.#", "dn", "up.gp.journal.more", "x.gp.ack"]
)
def test_no_pattern_reaches_beyond_a_device(key: str) -> None:
    assert not allowed("gp", "read", key)
    assert not allowed("gp", "write", key)


def test_a_device_called_as_a_service_gets_no_user() -> None:
    users = [item.key for item in topology_of(2, {"central", "guest", "gp-0001"}) if item.kind == "users"]
    assert users == [("central",), ("gp-0001",)], "central's own, and a gate's"


def test_a_device_that_would_read_anothers_gets_no_user() -> None:
    """To the plug-in a dot of an id is a level: `dn/a/#` has what is said to `a.b`."""
    devices = {"a", "a.b", "a.bc", "b.c.d", "b", "ab"}
    assert let_in(devices) == ["a.b", "a.bc", "ab", "b.c.d"]
    for one in let_in(devices):
        for other in set(let_in(devices)) - {one}:
            assert not allowed(one, "read", key_of(Channel.COMMAND.of(other)))


def test_topics_are_ruled_before_a_user_may_anything() -> None:
    """Without a rule for topics RabbitMQ lets a user read and write all of them."""
    kinds = [item.kind for item in of_device("gp-0001")]
    assert kinds.index("topic-permissions") < kinds.index("permissions")


def test_processes_share_the_journals_and_what_one_leaves_goes_to_all() -> None:
    queues, three = queues_for(["$share/central/up/+/journal"], 64), ("central-1", "central-2", "central-3")

    def owners(*clients: str) -> dict[str, str]:
        return {queue: max(clients, key=lambda one: liking(one, queue)) for queue in queues}

    shares = Counter(owners(*three).values())
    assert min(shares.values()) >= 12, shares
    left = {queue: who for queue, who in owners(*three).items() if who != "central-2"}
    after = owners("central-1", "central-3")
    assert all(after[queue] == who for queue, who in left.items()), "nothing moves but what has to"
    taken = Counter(after[queue] for queue in queues if queue not in left)
    assert set(taken) == {"central-1", "central-3"}


def test_a_process_consumes_what_it_handles() -> None:
    assert queues_for(["$share/g/up/+/hello", "$share/g/up/+/registry/want", "dn/gp/#"], 8) == (
        "gatepost.hello",
        "gatepost.registry-want",
    )
    assert len(QUEUES) == len(set(QUEUES)) == 8 + sum(channel.goes_up for channel in Channel) - 1
