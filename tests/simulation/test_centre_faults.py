"""What goes wrong with a simulated centre, and what it and its people make of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.simulation import network_faults
from tests.simulation.central_people import TRIED_AGAIN_AFTER
from tests.simulation.centre import MOST_COMMITS, PROCESS, STARTED_AGAIN_AFTER
from tests.simulation.observations import (
    AtCentral,
    CentralRestored,
    Commanded,
    ProcessBegan,
    ProcessEnded,
    Published,
    Standing,
)
from tests.simulation.one_centre import OTHER, PERSON, World
from tests.simulation.plan import Act, Fault, FaultEvent

_AT_ONCE = next(seed for seed in range(99) if Random(seed).randrange(MOST_COMMITS) == 0)
"""A seed by which an ingester is killed where it stands."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.run(5.0)
    yield made
    made.centre.close()


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
