"""The simulated centre does what a real one does, and goes wrong in every way of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from edge.commands.core import CommandKind, read_command
from edge.decision import ClockTrust
from edge.journal.format import START, Acknowledgement, CommandResultEvent, Entry, told
from edge.journal.format.chain import link
from edge.registry.format import subject_key
from edge.signing.cose import Stamp, keys_of
from edge.signing.key_files import raw_public
from sync.central.registry.section_keys import publisher_of
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
    Welcome,
    batch_of,
    open_message,
    parse_topic,
    seal_message,
)
from sync.wire.messages import Message
from tests.events import decided
from tests.simulation import network_faults
from tests.simulation.central_people import TRIED_AGAIN_AFTER
from tests.simulation.centre import MOST_COMMITS, PROCESS, STARTED_AGAIN_AFTER, SimulatedCentre
from tests.simulation.network import SimulatedNetwork
from tests.simulation.observations import (
    AtCentral,
    CentralRestored,
    Commanded,
    FoundAtCentral,
    Observation,
    ProcessBegan,
    ProcessEnded,
    Published,
    Standing,
)
from tests.simulation.plan import Act, ActEvent, Fault, FaultEvent, Town
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import SITE, found_site

SENT_AGAIN_AFTER = 10.0
_AT_ONCE = next(seed for seed in range(99) if Random(seed).randrange(MOST_COMMITS) == 0)
"""A seed by which an ingester is killed where it stands."""
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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.run(5.0)
    yield made
    made.centre.close()


# --- in good times -----------------------------------------------------------------------------------


def test_a_gate_that_says_hello_is_welcomed_and_a_quiet_hour_costs_next_to_nothing(world: World) -> None:
    assert {type(item) for item in world.main.heard} == {Welcome, RegistryRoot}
    assert world.centre.works
    before = world.scheduler.steps
    world.run(3_590.0)
    assert world.scheduler.steps - before < 10


def test_what_is_published_reaches_every_gate_as_soon_as_the_publisher_would_have_looked(
    world: World,
) -> None:
    for gate in (world.main, world.side):
        gate.kinds()
    world.act(Act.PUBLISH)
    [seen] = world.of(Published)
    assert isinstance(seen, Published)
    assert seen.version == 1
    assert seen.expires == pytest.approx(2 * 86_400 + 5.0)
    assert world.of(Standing) == [], "nothing was decided of anybody"
    world.run(2.2)
    assert world.main.kinds() == world.side.kinds() == [RegistryManifest]
    world.act(Act.PUBLISH)
    assert world.of(Published) == [], "nothing has changed"
    assert set(world.published()) == set(world.site.people)


@pytest.mark.parametrize(
    ("acts", "admitted", "isolated"),
    [
        ((Act.REVOKE,), False, False),
        ((Act.TURN_RED,), False, False),
        ((Act.TURN_RED, Act.TURN_GREEN), True, False),
        ((Act.ISOLATE,), True, True),
        ((Act.ISOLATE, Act.TURN_RED), False, True),
    ],
)
def test_what_is_decided_of_a_person_is_published_and_then_so(
    world: World, acts: tuple[Act, ...], admitted: bool, isolated: bool
) -> None:
    world.act(Act.PUBLISH)
    before = world.published()
    for act in acts:
        world.run(60.0)
        world.act(act, PERSON)
    now = world.scheduler.now
    assert world.of(Standing)[-1] == Standing(now, PERSON, admitted, isolated)
    assert [item.version for item in world.of(Published) if isinstance(item, Published)] == [
        *range(1, len(acts) + 2)
    ]
    after = world.published()
    assert {person for person in before if after.get(person) != before[person]} <= {PERSON}
    assert (PERSON in after) == (acts != (Act.REVOKE,))


def test_an_urgent_list_goes_ahead_of_the_registry_that_says_the_same(world: World) -> None:
    world.act(Act.PUBLISH)
    world.run(5.0)
    world.main.kinds()
    world.act(Act.REVOKE_URGENTLY, PERSON)
    assert world.of(Standing) == [Standing(world.scheduler.now, PERSON, admitted=False, urgent=True)]
    world.run(5.0)
    assert world.main.kinds() == [RegistryUrgent]
    world.act(Act.PUBLISH)
    world.run(5.0)
    assert world.main.kinds() == [RegistryManifest]
    assert PERSON not in world.published()


def test_a_rotated_key_signs_the_next_registry_and_the_root_that_names_it_goes_first(world: World) -> None:
    world.act(Act.PUBLISH)
    world.run(5.0)
    world.main.kinds()
    for act in (Act.ROTATE_REGISTRY_KEY, Act.ROTATE_ROOT_KEY):
        world.act(act)
        world.run(5.0)
        assert world.main.kinds() == [RegistryRoot, RegistryManifest]


def test_each_event_and_each_finding_is_seen_once(world: World) -> None:
    world.main.write(told(decided()), told(decided()))
    world.run(1.0)
    assert world.main.acknowledged == 2
    first = [item for item in world.of(AtCentral) if isinstance(item, AtCentral)]
    assert [(item.device, item.sequence, item.hash) for item in first] == [
        ("main", entry.sequence, entry.hash) for entry in world.main.journal
    ]
    world.main.acknowledged = 0
    world.main.write()
    world.run(1.0)
    assert [item.sequence for item in world.of(AtCentral) if isinstance(item, AtCentral)] == [3]
    world.side.write(told(decided()), told(decided()), told(decided()))
    world.side.say(batch_of(world.side.journal[2:], 0))
    world.run(1.0)
    world.side.say(batch_of(world.side.journal[2:], 0))
    world.run(60.0)
    [found] = world.of(FoundAtCentral)
    assert isinstance(found, FoundAtCentral)
    assert (found.device, found.kind, found.first, found.last) == ("side", "missing", 1, 2)


def test_a_timer_renews_a_registry_before_the_sites_rules_call_it_old(world: World) -> None:
    world.act(Act.PUBLISH)
    world.run(24 * 3_600.0)
    published = [item.at for item in world.of(Published) if isinstance(item, Published)]
    assert len(published) >= 4
    ages = [later - at for at, later in pairwise([*published, world.scheduler.now])]
    assert max(ages) < world.site.staleness.degrade_after


# --- commands ----------------------------------------------------------------------------------------


def answered(world: World, outcome: str, challenge: str = "") -> None:
    """The gate's word to the command that it heard last, in its journal."""
    keys = keys_of([raw_public(world.site.keys.command.public_key())])
    command = read_command(world.main.commands[-1].data, "main", keys).command
    event = CommandResultEvent(
        command.nonce.hex(), command.kind.value, command.argument, command.actor, outcome, "", challenge
    )
    world.main.write(told(event))


def test_a_command_is_sent_once_and_waited_for(world: World) -> None:
    world.act(Act.COMMAND_MODE, "code", "main")
    world.run(1.0)
    [seen] = world.of(Commanded)
    assert isinstance(seen, Commanded)
    assert (seen.device, seen.kind, len(seen.nonce)) == ("main", CommandKind.SET_MODE, 16)
    assert len(world.main.commands) == 1
    answered(world, "done")
    world.run(3.0)
    assert not [name for name in world.network.links if name.startswith("command")], "nobody waits any more"
    assert world.of(Commanded) == []


def test_a_gate_that_is_unsure_gets_it_again(world: World) -> None:
    world.act(Act.COMMAND_OPEN, target="main")
    world.run(1.0)
    answered(world, "unsure", bytes(16).hex())
    world.run(3.0)
    first, second = world.main.commands
    assert first.data != second.data
    assert len(world.of(Commanded)) == 2


def test_nobody_waits_for_ever(world: World) -> None:
    world.act(Act.COMMAND_OPEN, target="main")
    world.run(30.0)
    assert not [name for name in world.network.links if name.startswith("command")]


# --- what goes wrong ---------------------------------------------------------------------------------


def ends_of(world: World) -> list[tuple[str, str]]:
    return [(item.device, item.how) for item in world.of(ProcessEnded) if isinstance(item, ProcessEnded)]


@pytest.mark.parametrize("seed", range(6))
def test_an_ingester_that_is_killed_at_a_commit_loses_and_doubles_nothing(world: World, seed: int) -> None:
    world.of(ProcessBegan)
    kills = [world.begin(Fault.INGESTER_KILLED, name, seed + number) for number, name in enumerate("ab")]
    for _ in range(8):
        world.main.write()
        world.run(20.0)
    for end in kills:
        end()
    assert sorted(name for name, _ in ends_of(world)) == ["a", "b"]
    assert world.of(ProcessBegan) == [ProcessBegan(world.scheduler.now, name, PROCESS) for name in ("a", "b")]
    world.run(120.0)
    assert world.main.acknowledged == 8
    found = [item for item in world.of(AtCentral) if isinstance(item, AtCentral)]
    assert [item.sequence for item in found] == [*range(1, 9)]


def test_some_are_killed_before_their_commit_some_after_and_some_where_they_stand(tmp_path: Path) -> None:
    """Of those killed after it, what was kept was not acknowledged."""
    kept = set()
    for seed in range(8):
        world = World(tmp_path / str(seed))
        world.run(5.0)
        world.begin(Fault.INGESTER_KILLED, "a", seed)
        world.begin(Fault.INGESTER_KILLED, "b", seed + 100)
        for _ in range(8):
            world.main.write()
            world.run(20.0)
        kept.add(len(world.of(AtCentral)) > world.main.acknowledged)
        assert not world.centre.works
        world.centre.close()
    assert kept == {True, False}


def test_a_centre_without_its_publisher_or_with_a_process_that_is_deaf_does_not_work(world: World) -> None:
    end = world.begin(Fault.INGESTER_KILLED, "a", seed=_AT_ONCE)
    assert not world.centre.works
    end()
    world.run(5.0)
    assert world.centre.works
    back = network_faults.begin(world.network, FaultEvent(0.0, Fault.LINK_AWAY, "b"))
    assert not world.centre.works, "the broker goes on giving it messages"
    world.run(60.0)
    assert world.centre.works, "the broker has given it up"
    back()
    world.run(90.0)
    assert world.centre.works


def test_a_centre_that_was_away_goes_on_where_it_stood(world: World) -> None:
    end = world.begin(Fault.CENTRAL_AWAY)
    assert ends_of(world) == [("a", "stopped"), ("b", "stopped")]
    world.main.write()
    world.run(100.0)
    assert (world.main.acknowledged, world.centre.works) == (0, False)
    end()
    world.run(100.0)
    assert (world.main.acknowledged, world.centre.works) == (1, True)


def test_a_database_that_fails_takes_nothing_and_what_people_decide_waits(world: World) -> None:
    world.act(Act.PUBLISH)
    world.of(Published)
    end = world.begin(Fault.DATABASE_FAILS)
    world.main.write()
    world.act(Act.TURN_RED, PERSON)
    world.act(Act.COMMAND_OPEN, target="main")
    world.run(100.0)
    assert (world.main.acknowledged, world.centre.works) == (0, False)
    assert world.of(Published, Standing, Commanded, AtCentral) == []
    end()
    world.run(TRIED_AGAIN_AFTER + 60.0)
    assert world.main.acknowledged == 1
    assert [type(item) for item in world.of(Published, Standing)] == [Standing, Published]


def test_a_process_that_cannot_open_its_database_is_started_again(world: World) -> None:
    away = world.begin(Fault.CENTRAL_AWAY)
    failing = world.begin(Fault.DATABASE_FAILS)
    world.of(ProcessBegan)
    away()
    world.run(60.0)
    assert world.of(ProcessBegan) == []
    failing()
    world.run(STARTED_AGAIN_AFTER + 1.0)
    assert {item.device for item in world.of(ProcessBegan) if isinstance(item, ProcessBegan)} == {"a", "b"}


def test_a_restored_database_forgets_and_people_decide_again_what_it_forgot(world: World) -> None:
    world.act(Act.PUBLISH)
    world.main.write()
    world.run(95.0)
    restored = FaultEvent(400.0, Fault.CENTRAL_RESTORED, value=300.0)
    world.centre.expect([restored])
    world.run(100.0)
    world.act(Act.TURN_RED, PERSON)
    world.act(Act.REVOKE, OTHER)
    world.main.write()
    world.run(200.0)
    assert world.main.acknowledged == 2
    world.of(AtCentral, Published, Standing)
    world.centre.begin(restored)
    assert world.of(CentralRestored) == [CentralRestored(400.0, 100.0)]
    assert OTHER not in world.published()
    assert world.of(Standing) == []
    world.run(10.0)
    world.main.write()
    world.run(100.0)
    assert world.main.acknowledged == 3
    again = [item for item in world.of(AtCentral) if isinstance(item, AtCentral)]
    assert sorted(item.sequence for item in again) == [2, 3]
    world.act(Act.TURN_GREEN, PERSON)
    assert world.of(Standing) == [Standing(world.scheduler.now, PERSON, admitted=True)]


@pytest.mark.parametrize("fault", [Fault.INGESTER_OLDER, Fault.CENTRAL_TWICE])
def test_with_another_process_beside_it_everything_arrives_all_the_same(world: World, fault: Fault) -> None:
    end = world.begin(fault)
    for _ in range(10):
        world.main.write()
        world.run(30.0)
    end()
    world.run(100.0)
    assert world.main.acknowledged == 10
    found = [item for item in world.of(AtCentral) if isinstance(item, AtCentral)]
    assert [item.sequence for item in found] == [*range(1, 11)]
    begun = [item.device for item in world.of(ProcessBegan) if isinstance(item, ProcessBegan)]
    assert begun == ["a", "b", "older" if fault is Fault.INGESTER_OLDER else "twin"]


# --- one seed, one world -----------------------------------------------------------------------------


def played(folder: Path, seed: int) -> list[Observation]:
    world = World(folder, seed)
    restored = FaultEvent(300.0, Fault.CENTRAL_RESTORED, value=100.0)
    world.centre.expect([restored])
    world.scheduler.at(300.0, lambda: world.centre.begin(restored))
    for number, act in enumerate((Act.PUBLISH, Act.TURN_RED, Act.COMMAND_OPEN, Act.REVOKE_URGENTLY)):
        value = "" if act is Act.COMMAND_OPEN else PERSON
        event = ActEvent(50.0 * number, act, "main", value)
        world.scheduler.at(event.at, lambda event=event: world.centre.act(event))  # type: ignore[misc]
    for number in range(20):
        world.scheduler.at(20.0 * number, (world.main, world.side)[number % 2].write)

    def kill() -> None:
        world.scheduler.after(80.0, world.begin(Fault.INGESTER_KILLED, "b", seed))

    world.scheduler.at(120.0, kill)
    world.run(600.0)
    world.centre.close()
    return world.seen


def test_one_seed_gives_one_world(tmp_path: Path) -> None:
    first = played(tmp_path / "first", 1)
    assert {type(item) for item in first} >= {AtCentral, Commanded, Published, Standing, CentralRestored}
    assert played(tmp_path / "again", 1) == first
    assert played(tmp_path / "other", 2) != first
