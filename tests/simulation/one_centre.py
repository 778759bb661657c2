"""A simulated centre and two gates' ends of the wire: a world without gates, for the tests of the centre."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.decision import ClockTrust
from edge.journal.format import START, Acknowledgement, Entry, told
from edge.journal.format.chain import link
from edge.registry.format import subject_key
from edge.signing.cose import Stamp, keys_of
from edge.signing.key_files import raw_public
from sync.central.registry.contents import publisher_of
from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import LinkState
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    Hello,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    SealedMessage,
    batch_of,
    open_message,
    parse_topic,
    seal_message,
)
from sync.wire.messages import Message
from tests.events import decided
from tests.simulation.centre import SimulatedCentre
from tests.simulation.network import SimulatedNetwork
from tests.simulation.observations import (
    Observation,
)
from tests.simulation.plan import Act, ActEvent, Fault, FaultEvent, Town
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import SITE, found_site

SENT_AGAIN_AFTER = 10.0
AT = 1_772_400_000_000_000
PERSON, OTHER = "p000", "p001"


class Device:
    """A gate's end of the wire: it says hello, and sends its events until they are acknowledged."""

    def __init__(self, world: World, gate: str) -> None:
        self.gate = gate
        self.heard: list[object] = []
        self.commands: list[SealedMessage] = []
        self.journal: list[Entry] = []
        self.acknowledged = 0
        self._world = world
        self._key = world.site.keys.device(gate)
        self._central = keys_of([raw_public(world.site.keys.central.public_key())])
        self._links = 0
        self._process = world.network.process(
            gate, lambda: world.scheduler.now, lambda: AT, bytes, self._wake
        )
        self.link = Connection(Broker("broker", plain=True), gate, (f"dn/{gate}/#",), host=self._process.host)
        self._task: Task = world.scheduler.task(self._poll)

    def write(self, *bodies: tuple[str, bytes]) -> None:
        """Write events, and send what is not acknowledged."""
        for kind, body in bodies or (told(decided()),):
            entry = link(
                epoch=self.gate.encode().ljust(16, b"."),
                gate=self.gate,
                sequence=len(self.journal) + 1,
                at=AT,
                trust=ClockTrust.TRUSTED,
                monotonic=1.0,
                kind=kind,
                body=body,
                previous=self.journal[-1].hash if self.journal else START,
            )
            self.journal.append(entry)
        self._wake()

    def kinds(self) -> list[type]:
        """The kinds of announcement that it heard since the last call."""
        kinds = [type(item) for item in self.heard]
        self.heard.clear()
        return [kind for kind in kinds if kind in {RegistryRoot, RegistryManifest, RegistryUrgent}]

    # --- inside --------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._task.wake()

    def _poll(self) -> float:
        for item in self.link.poll(0.0):
            if parse_topic(item.topic)[1] is Channel.COMMAND:
                self.commands.append(SealedMessage(item.topic, item.data))
                continue
            message = open_message(item.topic, item.data, self._central).message
            self.heard.append(message)
            if isinstance(message, Acknowledgement):
                self.acknowledged = message.sequence
        if self.link.state is LinkState.READY:
            if self.link.number != self._links:
                self._links = self.link.number
                self.say(Hello(bytes(16), Stamp(AT + self._links, 1), SPEAKS, SCHEMA))
            waiting = self.journal[self.acknowledged :]
            if waiting:
                self.say(batch_of(waiting, self.acknowledged))
                return self._world.scheduler.now + SENT_AGAIN_AFTER
        return self.link.next_due()

    def say(self, message: Message) -> None:
        self.link.publish(seal_message(message, self.gate, self._key))


class World:
    """A centre of two processes, two gates' ends of the wire, and what was seen of it."""

    def __init__(self, folder: Path, seed: int = 5) -> None:
        folder.mkdir(exist_ok=True)
        self.scheduler = Scheduler(seed)
        self.network = SimulatedNetwork(self.scheduler, seed)
        self.site = found_site(seed, Town())
        self.seen: list[Observation] = []
        self.centre = SimulatedCentre(folder, self.scheduler, self.network, self.site, seed, self.seen.append)
        self.main, self.side = (Device(self, gate) for gate in self.site.town.gates)

    def run(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def act(self, act: Act, value: str = "", target: str = "") -> None:
        self.centre.act(ActEvent(self.scheduler.now, act, target, value))

    def begin(self, fault: Fault, target: str = "", seed: int = 1) -> Callable[[], None]:
        return self.centre.begin(FaultEvent(self.scheduler.now, fault, target, seed=seed))

    def of(self, *kinds: type) -> list[Observation]:
        """What was seen of these kinds, and not asked for before."""
        found = [item for item in self.seen if isinstance(item, kinds)]
        self.seen[:] = [item for item in self.seen if not isinstance(item, kinds)]
        return found

    def published(self) -> dict[str, bytes]:
        """The people of the newest registry, with their records."""
        publisher = publisher_of(self.centre._section)
        records = publisher.records(SITE)
        people = {person: subject_key(person) for person in self.site.people}
        return {person: records[key] for person, key in people.items() if key in records}
