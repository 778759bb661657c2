"""The simulated broker and its network do what a real one does, and go wrong in every way of the plan."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import Ending, InboundMessage, LinkState, LinkTimeouts
from sync.wire import SealedMessage
from tests.simulation.link import BROKER_PATIENCE, CLIENT_PATIENCE, LATENCY, MOST_QUEUED
from tests.simulation.network import Process, SimulatedNetwork
from tests.simulation.network_faults import NETWORK_FAULTS, begin
from tests.simulation.plan import Fault, FaultEvent
from tests.simulation.scheduler import Scheduler, Task

KEEPALIVE = 20
BROKER = Broker("broker", plain=True, keepalive=KEEPALIVE)
UP, DOWN, GONE = "up/gate-1/journal", "dn/gate-1/ack", "up/gate-1/health"
SHARED = "$share/ingesters/up/+/journal"
ROUND_TRIP = 4 * LATENCY[1]


class Client:
    """A real connection, polled when it is due or something arrives for it."""

    def __init__(self, town: Town, name: str, *filters: str, will: SealedMessage | None = None) -> None:
        self.heard: list[bytes] = []
        self.at: list[float] = []
        self.polls = 0
        self.chances = Random(name)
        self.process: Process = town.network.process(
            name, lambda: town.scheduler.now, lambda: 0, self.chances.randbytes, self._wake
        )
        self.link = Connection(
            BROKER,
            name,
            filters,
            will=lambda: will,
            limits=LinkTimeouts(),
            host=self.process.host,
        )
        self._town = town
        self.task: Task = town.scheduler.task(self._poll)

    def _wake(self) -> None:
        self.task.wake()

    def _poll(self) -> float:
        self.polls += 1
        for item in self.link.poll(0.0):
            self.heard.append(item.data)
            self.at.append(self._town.scheduler.now)
        return self.link.next_due()

    def say(self, topic: str, *messages: bytes) -> None:
        for data in messages:
            assert self.link.publish(SealedMessage(topic, data))

    def end(self, how: Callable[[Process], None]) -> None:
        self.task.stop()
        how(self.process)


class Town:
    """A broker with one gate and two ingesters, all linked."""

    def __init__(self, seed: int = 1) -> None:
        self.scheduler = Scheduler(seed)
        self.network = SimulatedNetwork(self.scheduler, seed)
        self.gate = Client(self, "gate-1", "dn/gate-1/#", will=SealedMessage(GONE, b"will"))
        self.ingesters = [Client(self, name, SHARED, "up/+/health") for name in ("a", "b")]
        self.run(1.0)

    def run(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def begin(self, fault: Fault, target: str = "", value: float = 0.0, seed: int = 3) -> Callable[[], None]:
        return begin(self.network, FaultEvent(self.scheduler.now, fault, target, value=value, seed=seed))

    @property
    def arrived(self) -> list[bytes]:
        """What came to the ingesters, in the order of its arrival."""
        both = [pair for one in self.ingesters for pair in zip(one.at, one.heard, strict=True)]
        return [data for _, data in sorted(both, key=lambda pair: pair[0])]


@pytest.fixture
def town() -> Town:
    return Town()


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


# --- in good times ----------------------------------------------------------------------------------


def test_a_client_is_linked_after_two_round_trips_and_costs_nothing_afterwards(town: Town) -> None:
    clients = [town.gate, *town.ingesters]
    assert {client.link.state for client in clients} == {LinkState.READY}
    assert all(town.network.reaches(client.process.client) for client in clients)
    before = town.scheduler.steps
    town.run(24 * 3_600.0)
    assert town.scheduler.steps == before


def test_messages_come_once_in_order_within_their_time(town: Town) -> None:
    began = town.scheduler.now
    for data in numbers(50):
        town.network.say(SealedMessage(DOWN, data))
    town.run(ROUND_TRIP)
    assert town.gate.heard == numbers(50)
    assert LATENCY[0] <= town.gate.at[0] - began <= LATENCY[1]


def test_a_shared_group_gets_each_message_once_its_members_by_turns(town: Town) -> None:
    town.gate.say(UP, *numbers(10))
    town.run(ROUND_TRIP)
    assert [len(one.heard) for one in town.ingesters] == [5, 5]
    assert sorted(town.arrived) == sorted(numbers(10))


def test_every_subscriber_gets_what_is_not_shared(town: Town) -> None:
    town.gate.say(GONE, b"health")
    town.run(ROUND_TRIP)
    assert [one.heard for one in town.ingesters] == [[b"health"], [b"health"]]


@pytest.mark.parametrize("says_why", [True, False])
def test_the_older_of_two_with_one_identity_has_to_go_and_its_will_is_said(
    town: Town, says_why: bool
) -> None:
    town.network.says_why = says_why
    Client(town, "gate-1", "dn/gate-1/#")
    town.run(0.5)
    assert town.gate.link.last is not None
    assert town.gate.link.last.ending is (Ending.TAKEN_OVER if says_why else Ending.LOST)
    assert town.arrived == [b"will", b"will"]


@pytest.mark.parametrize(
    ("how", "after"), [(Process.die, 0.0), (Process.lose_power, BROKER_PATIENCE * KEEPALIVE)]
)
def test_the_will_of_one_that_ended_is_said_when_the_broker_knows(
    town: Town, how: Callable[[Process], None], after: float
) -> None:
    began = town.scheduler.now
    town.gate.end(how)
    town.run(100.0)
    assert town.arrived == [b"will", b"will"]
    assert after < min(one.at[0] - began for one in town.ingesters) <= after + ROUND_TRIP
    assert not town.network.reaches("gate-1")


def test_one_that_says_goodbye_has_its_last_word_and_no_will(town: Town) -> None:
    town.gate.link.close(SealedMessage(GONE, b"goodbye"))
    town.run(100.0)
    assert town.arrived == [b"goodbye", b"goodbye"]


def test_nobody_sleeps_in_a_simulated_world(town: Town) -> None:
    with pytest.raises(AssertionError, match=r"waits for 0\.2 s"):
        town.gate.process.host.sleep(0.2)


# --- the network and the broker ---------------------------------------------------------------------


def test_a_short_absence_delays_and_loses_nothing(town: Town) -> None:
    end = town.begin(Fault.LINK_AWAY, "gate-1")
    town.gate.say(UP, *numbers(3))
    town.network.say(SealedMessage(DOWN, b"down"))
    town.run(BROKER_PATIENCE * KEEPALIVE - 1.0)
    assert (town.arrived, town.gate.heard) == ([], [])
    assert not town.network.reaches("gate-1")
    end()
    town.run(ROUND_TRIP)
    assert (sorted(town.arrived), town.gate.heard) == (numbers(3), [b"down"])
    assert town.gate.link.number == 1, "the same link"


@pytest.mark.parametrize("seconds", [35.0, 45.0, 3_600.0])
def test_after_a_long_absence_both_ends_have_given_up_and_a_new_link_is_made(
    town: Town, seconds: float
) -> None:
    assert seconds > BROKER_PATIENCE * KEEPALIVE
    end = town.begin(Fault.LINK_AWAY, "gate-1")
    town.gate.say(UP, b"lost")
    town.run(seconds)
    assert town.arrived == [b"will", b"will"]
    gave_up = town.gate.link.state is not LinkState.READY
    assert gave_up is (seconds > CLIENT_PATIENCE * KEEPALIVE)
    end()
    town.run(70.0)
    assert town.gate.link.number == 2
    town.gate.say(UP, b"new")
    town.run(ROUND_TRIP)
    assert sorted(town.arrived) == [b"new", b"will", b"will"]


def test_an_absence_that_overlaps_another_ends_with_the_last(town: Town) -> None:
    ends = [town.begin(Fault.LINK_AWAY, target) for target in ("gate-1", "")]
    ends[0]()
    town.run(1.0)
    assert not town.network.reaches("gate-1")
    ends[1]()
    assert town.network.reaches("gate-1")


def test_the_broker_keeps_so_much_for_one_that_is_away(town: Town) -> None:
    end = town.begin(Fault.LINK_AWAY, "gate-1")
    for data in numbers(MOST_QUEUED + 100):
        town.network.say(SealedMessage(DOWN, data))
    end()
    town.run(ROUND_TRIP)
    assert town.gate.heard == numbers(MOST_QUEUED)


def test_a_connection_that_nobody_answers_is_given_up(town: Town) -> None:
    end = town.begin(Fault.LINK_AWAY, "gate-2")
    late = Client(town, "gate-2")
    town.run(4.9)
    assert late.link.state is LinkState.CONNECTING
    town.run(0.2)
    assert late.link.last is not None
    assert late.link.last.why == "timed out"
    end()
    town.run(70.0)
    assert town.network.reaches("gate-2")


@pytest.mark.parametrize(
    ("fault", "target", "others_stay"),
    [
        (Fault.LINK_LOST, "gate-1", True),
        (Fault.LINK_LOST, "", False),
        (Fault.BROKER_KILLED, "", False),
    ],
)
def test_a_link_that_ended_is_made_anew(town: Town, fault: Fault, target: str, others_stay: bool) -> None:
    end = town.begin(fault, target)
    town.run(ROUND_TRIP)
    assert town.gate.link.last is not None
    end()
    town.run(70.0)
    assert [one.link.number for one in (town.gate, *town.ingesters)] == [2, *[1 if others_stay else 2] * 2]
    assert town.network.reaches("gate-1")


def test_while_the_broker_is_gone_nothing_goes_through_and_nobody_connects(town: Town) -> None:
    ends = [town.begin(Fault.BROKER_KILLED) for _ in range(2)]
    town.network.say(SealedMessage(DOWN, b"lost"))
    ends[0]()
    town.run(600.0)
    assert not town.network.links
    assert "refused" in town.gate.link.last.why if town.gate.link.last else False
    ends[1]()
    town.run(70.0)
    assert town.network.reaches("gate-1")
    assert (town.gate.heard, town.arrived) == ([], [])


def test_one_that_is_refused_cannot_connect_and_a_link_that_is_there_stays(town: Town) -> None:
    end = town.begin(Fault.LINK_REFUSED, "gate-1")
    town.run(600.0)
    assert town.network.reaches("gate-1")
    town.begin(Fault.LINK_LOST, "gate-1")
    town.run(600.0)
    assert not town.network.reaches("gate-1")
    end()
    town.run(70.0)
    assert town.network.reaches("gate-1")


def test_a_slow_link_delays_each_message_both_ways(town: Town) -> None:
    end = town.begin(Fault.LINK_SLOW, "gate-1", value=3.0)
    began = town.scheduler.now
    town.gate.say(UP, b"up")
    town.network.say(SealedMessage(DOWN, b"down"))
    town.run(2.9)
    assert (town.arrived, town.gate.heard) == ([], [])
    town.run(1.0)
    assert (town.arrived, town.gate.heard) == ([b"up"], [b"down"])
    assert 3.0 <= town.gate.at[0] - began <= 3.0 + LATENCY[1]
    end()
    town.network.say(SealedMessage(DOWN, b"soon"))
    town.run(ROUND_TRIP)
    assert town.gate.heard == [b"down", b"soon"]


def test_what_a_device_may_not_publish_comes_back_as_refused(town: Town) -> None:
    end = town.begin(Fault.ACL_REVOKED, "gate-1")
    town.gate.say(UP, b"refused")
    town.run(ROUND_TRIP)
    assert [item.topic for item in town.gate.link.fetch_rejections()] == [UP]
    end()
    town.gate.say(UP, b"accepted")
    town.run(ROUND_TRIP)
    assert town.arrived == [b"accepted"]


# --- what becomes of messages -----------------------------------------------------------------------


def struck(town: Town, fault: Fault, target: str, share: float) -> list[bytes]:
    end = town.begin(fault, target, share)
    for data in numbers(100):
        town.gate.say(UP, data)
        town.run(ROUND_TRIP)
    town.run(10.0)
    end()
    return town.arrived


@pytest.mark.parametrize("target", ["", "gate-1"])
def test_messages_are_doubled_lost_delayed_and_corrupted(target: str) -> None:
    doubled = struck(Town(), Fault.MESSAGES_DOUBLED, target, 0.3)
    assert set(doubled) == set(numbers(100))
    assert 115 <= len(doubled) <= 145
    lost = struck(Town(), Fault.MESSAGES_LOST, target, 0.3)
    assert 55 <= len(lost) <= 85
    reordered = struck(Town(), Fault.MESSAGES_REORDERED, target, 0.3)
    assert (sorted(reordered), reordered == numbers(100)) == (sorted(numbers(100)), False)
    corrupted = struck(Town(), Fault.MESSAGES_CORRUPTED, target, 0.3)
    assert len(corrupted) == 100
    assert 55 <= len(set(corrupted) & set(numbers(100))) <= 85


@pytest.mark.parametrize("fault", [fault for fault in NETWORK_FAULTS if fault.startswith("messages_")])
def test_what_strikes_another_device_strikes_not_this_one(town: Town, fault: Fault) -> None:
    assert struck(town, fault, "gate-2", 1.0) == numbers(100)


def test_a_fault_takes_its_choices_from_its_own_seed() -> None:
    one, same = (struck(Town(), Fault.MESSAGES_LOST, "", 0.5) for _ in range(2))
    assert one == same
    other = Town(seed=2)
    assert struck(other, Fault.MESSAGES_LOST, "", 0.5) == one, "whatever else differs"


# --- somebody who has a way in ----------------------------------------------------------------------


def test_what_was_said_in_the_last_hour_is_said_again_shuffled(town: Town) -> None:
    town.gate.say(UP, b"too old")
    town.run(3_700.0)
    town.gate.say(UP, *numbers(20))
    town.run(ROUND_TRIP)
    before = len(town.arrived)
    town.begin(Fault.MESSAGES_REPLAYED, "gate-1")
    town.run(ROUND_TRIP)
    again = town.arrived[before:]
    assert (sorted(again), again == numbers(20)) == (sorted(numbers(20)), False)


def test_every_command_so_far_is_said_again(town: Town) -> None:
    town.network.say(SealedMessage("dn/gate-1/command", b"open"))
    town.run(7_200.0)
    town.begin(Fault.COMMANDS_REPLAYED)
    town.run(ROUND_TRIP)
    assert town.gate.heard == [b"open", b"open"]


def test_an_older_manifest_is_announced_again(town: Town) -> None:
    versions = numbers(5)
    for data in versions:
        town.network.say(SealedMessage("dn/gate-1/registry/manifest", data))
        town.run(60.0)
    town.begin(Fault.OLD_MANIFEST, "gate-1")
    town.run(ROUND_TRIP)
    assert town.gate.heard[:5] == versions
    assert len(town.gate.heard) == 6
    assert town.gate.heard[5] in versions


def test_junk_of_every_size_comes_on_every_topic(town: Town) -> None:
    items: list[InboundMessage] = []
    town.gate.task.stop()
    town.begin(Fault.JUNK_PUBLISHED, "gate-1")
    town.run(ROUND_TRIP)
    items += town.gate.link.poll(0.0)
    assert len({item.topic for item in items}) >= 10
    assert {len(item.data) for item in items} >= {0, 65_536}
    assert {item.retained for item in items} == {False, True}
    assert [len(one.heard) for one in town.ingesters] == [4, 5], "journal by turns, health to both"


def test_a_thief_of_a_key_throws_its_owner_out_until_it_is_gone(town: Town) -> None:
    end = town.begin(Fault.KEY_STOLEN, "gate-1")
    town.run(600.0)
    assert town.gate.link.contested
    assert 2 <= town.network.opened["gate-1"] <= 60
    end()
    town.run(700.0)
    assert town.network.reaches("gate-1")
    assert not town.gate.link.contested
    before = town.network.opened["gate-1"]
    town.run(3_600.0)
    assert town.network.opened["gate-1"] == before


# --- all of it --------------------------------------------------------------------------------------


def test_every_fault_of_the_network_in_a_plan_can_begin() -> None:
    ours = [fault for fault in Fault if fault.split("_")[0] in {"link", "messages", "broker", "acl"}]
    others = [Fault.OLD_MANIFEST, Fault.JUNK_PUBLISHED, Fault.KEY_STOLEN, Fault.COMMANDS_REPLAYED]
    assert set(NETWORK_FAULTS) == {*ours, *others}


def everything(seed: int) -> list[tuple[float, bytes]]:
    """What comes to a gate and its ingesters while each fault lasts for a while."""
    town = Town(seed)
    chances = Random(seed)
    for fault in NETWORK_FAULTS:
        end = town.begin(fault, "gate-1", value=0.5, seed=chances.randrange(100))
        for data in numbers(5):
            town.network.say(SealedMessage(DOWN, data))
            town.gate.link.publish(SealedMessage(UP, data))
            town.run(chances.uniform(0.0, 20.0))
        end()
        town.run(chances.uniform(0.0, 100.0))
    town.run(600.0)
    assert town.network.reaches("gate-1"), "whatever it was, it is over"
    return [pair for one in (town.gate, *town.ingesters) for pair in zip(one.at, one.heard, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_one_seed_is_one_world(seed: int) -> None:
    assert everything(seed) == everything(seed)
    assert everything(seed) != everything(seed + 1)
