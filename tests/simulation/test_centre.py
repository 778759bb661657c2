"""The simulated centre does what a real one does, and goes wrong in every way of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge.commands.core import CommandKind, read_command
from edge.journal.format import CommandResultEvent, told
from edge.signing.cose import keys_of
from edge.signing.key_files import raw_public
from sync.wire import (
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    Welcome,
    batch_of,
)
from tests.events import decided
from tests.simulation.observations import (
    AtCentral,
    CentralRestored,
    Commanded,
    FoundAtCentral,
    Observation,
    Published,
    Standing,
)
from tests.simulation.one_centre import PERSON, World
from tests.simulation.plan import Act, ActEvent, Fault, FaultEvent


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
    assert seen.expires == pytest.approx(30 * 86_400 + 5.0)
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
