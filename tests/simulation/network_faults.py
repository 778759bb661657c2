"""What goes wrong between a gate and central, and who has a way in: each begins, and returns what ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random

from sync.transport.broker import Broker
from sync.transport.core import Ending, LinkState
from sync.wire import Channel, SealedMessage, all_for
from tests.simulation.network import EVERYONE, Process, Said, SimulatedNetwork, Tamperer, device_of
from tests.simulation.plan import Fault, FaultEvent

End = Callable[[], None]
Begin = Callable[[SimulatedNetwork, FaultEvent], End]

LARGE = 64 * 1024
"""Bytes of the largest junk."""
DOUBLED_WITHIN, LATER_BY = 2.0, (0.2, 5.0)
"""Seconds after which a message comes again, or comes at all."""
THIEF_RETURNS = 20.0
"""Seconds after which a thief of a key connects again."""


def begin(network: SimulatedNetwork, event: FaultEvent) -> End:
    """Begin a fault of the plan; returns what ends it. Raises KeyError for one that is not the network's."""
    return NETWORK_FAULTS[event.fault](network, event)


def _is_over() -> None:
    """End what lasted for one moment."""


# --- the network and the broker --------------------------------------------------------------------


def _lose_link(network: SimulatedNetwork, event: FaultEvent) -> End:
    for link in network.links_of(event.target):
        network.drop(link)
        link.end(Ending.LOST, "connection lost")
    return _is_over


def _take_away(network: SimulatedNetwork, event: FaultEvent) -> End:
    def end() -> None:
        network.away[event.target] -= 1
        for link in network.links_of(event.target):
            if not network.is_away(link.client):
                link.find_network()

    found = [link for link in network.links_of(event.target) if not network.is_away(link.client)]
    network.away[event.target] += 1
    for link in found:
        link.lose_network()
    return end


def _counted(which: Callable[[SimulatedNetwork], Counter[str]], much: Callable[[float], int]) -> Begin:
    """What is counted as long as it lasts: several such faults may overlap."""

    def begin_it(network: SimulatedNetwork, event: FaultEvent) -> End:
        more = much(event.value)

        def end() -> None:
            which(network)[event.target] -= more

        which(network)[event.target] += more
        return end

    return begin_it


def _once(_: float) -> int:
    return 1


def _milliseconds(seconds: float) -> int:
    return round(1_000 * seconds)


def _kill_broker(network: SimulatedNetwork, _: FaultEvent) -> End:
    def end() -> None:
        network.downs -= 1

    network.downs += 1
    for link in list(network.links.values()):
        network.drop(link, with_will=False)
        link.end(Ending.LOST, "connection lost")
    return end


# --- what becomes of messages ----------------------------------------------------------------------

Fate = Callable[[bytes, Random], list[tuple[float, bytes]]]
"""What becomes of one message that it strikes: how many seconds later it comes, and with which bytes."""


def _tampering(fate: Fate) -> Begin:
    def begin_it(network: SimulatedNetwork, event: FaultEvent) -> End:
        random = Random(event.seed)

        def hand_on(out: SealedMessage) -> Iterator[tuple[float, bytes]]:
            struck = random.random() < event.value
            return iter(fate(out.data, random) if struck else [(0.0, out.data)])

        tamperer = Tamperer(event.target, hand_on)
        network.tamperers.append(tamperer)
        return lambda: network.tamperers.remove(tamperer)

    return begin_it


def _doubled(data: bytes, random: Random) -> list[tuple[float, bytes]]:
    return [(0.0, data), (random.uniform(0.0, DOUBLED_WITHIN), data)]


def _lost(_: bytes, __: Random) -> list[tuple[float, bytes]]:
    return []


def _reordered(data: bytes, random: Random) -> list[tuple[float, bytes]]:
    return [(random.uniform(*LATER_BY), data)]


def _corrupted(data: bytes, random: Random) -> list[tuple[float, bytes]]:
    if not data:
        return [(0.0, data)]
    place = random.randrange(len(data))
    changed = data[place] ^ random.randrange(1, 256)
    return [(0.0, data[:place] + bytes((changed,)) + data[place + 1 :])]


# --- somebody who has a way in -----------------------------------------------------------------------


def _say_again(network: SimulatedNetwork, recorded: list[Said]) -> End:
    for said in recorded:
        network.hand_on(SealedMessage(said.topic, said.data))
    return _is_over


def _replay_messages(network: SimulatedNetwork, event: FaultEvent) -> End:
    recorded = [said for said in network.said if event.target in {EVERYONE, device_of(said.topic)}]
    Random(event.seed).shuffle(recorded)
    return _say_again(network, recorded)


def _replay_commands(network: SimulatedNetwork, event: FaultEvent) -> End:
    return _say_again(
        network, [said for said in network.commands if event.target in {EVERYONE, device_of(said.topic)}]
    )


def _announce_older(network: SimulatedNetwork, event: FaultEvent) -> End:
    """Say an announcement of the last hour again to each device that it was said to."""
    kinds = (Channel.REGISTRY_MANIFEST, Channel.REGISTRY_ROOT, Channel.REGISTRY_URGENT)
    random = Random(event.seed)
    recorded: dict[str, list[Said]] = {}
    for said in network.said:
        device = device_of(said.topic)
        if event.target in {EVERYONE, device} and said.topic in {kind.value.format(device) for kind in kinds}:
            recorded.setdefault(said.topic, []).append(said)
    return _say_again(network, [random.choice(of_topic) for of_topic in recorded.values()])


def _publish_junk(network: SimulatedNetwork, event: FaultEvent) -> End:
    """Say noise, nothing and much on every topic of a device, also as if a broker had retained it."""
    random = Random(event.seed)
    for channel in Channel:
        topic = channel.of(event.target)
        for junk in (b"", random.randbytes(random.randrange(1, 200)), random.randbytes(LARGE)):
            network.hand_on(SealedMessage(topic, junk), retained=random.random() < 0.5)
    return _is_over


def _steal_key(network: SimulatedNetwork, event: FaultEvent) -> End:
    """Connect with the device's identity again and again, read along, and say what was recorded."""
    thief = _Thief(network, event.target, Random(event.seed))
    thief.come()
    return thief.leave


class _Thief:
    def __init__(self, network: SimulatedNetwork, device: str, random: Random) -> None:
        self._network = network
        self._device = device
        self._random = random
        self._is_gone = False
        self._process: Process = network.process(
            device, lambda: network.scheduler.now, lambda: 0, random.randbytes, self._wake
        )

    def come(self) -> None:
        if self._is_gone:
            return
        link = self._process.link
        if link is None or link.ended is not None:
            broker = Broker("broker", plain=True)
            self._process.host.open_link(broker, self._device, (all_for(self._device),), lambda: None, 10.0)
        else:
            self._speak()
        self._network.scheduler.after(THIEF_RETURNS, self.come)

    def leave(self) -> None:
        self._is_gone = True
        self._process.die()

    def _wake(self) -> None:
        if self._process.link is not None:
            self._process.link.poll(0.0)

    def _speak(self) -> None:
        link = self._process.link
        own = [said for said in self._network.said if said.topic.startswith(f"up/{self._device}/")]
        if link is not None and link.state is LinkState.READY and own:
            said = self._random.choice(own)
            link.publish(SealedMessage(said.topic, said.data))


NETWORK_FAULTS: Mapping[Fault, Begin] = {
    Fault.LINK_LOST: _lose_link,
    Fault.LINK_AWAY: _take_away,
    Fault.LINK_REFUSED: _counted(lambda network: network.refuses, _once),
    Fault.LINK_SLOW: _counted(lambda network: network.delays, _milliseconds),
    Fault.MESSAGES_DOUBLED: _tampering(_doubled),
    Fault.MESSAGES_LOST: _tampering(_lost),
    Fault.MESSAGES_REORDERED: _tampering(_reordered),
    Fault.MESSAGES_CORRUPTED: _tampering(_corrupted),
    Fault.MESSAGES_REPLAYED: _replay_messages,
    Fault.BROKER_KILLED: _kill_broker,
    Fault.ACL_REVOKED: _counted(lambda network: network.forbids, _once),
    Fault.OLD_MANIFEST: _announce_older,
    Fault.JUNK_PUBLISHED: _publish_junk,
    Fault.KEY_STOLEN: _steal_key,
    Fault.COMMANDS_REPLAYED: _replay_commands,
}
"""How each fault of the network begins."""
