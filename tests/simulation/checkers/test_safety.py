"""Fire and buttons open in time while the gate lives; what ended holds nothing open."""

from __future__ import annotations

import pytest

from tests.simulation.checkers import Rules
from tests.simulation.checkers.stories import begun, broken, line, relay
from tests.simulation.observations import Began, Observation, ProcessBegan, ProcessEnded

DEAD = ProcessEnded(20.0, "main", "gate", "killed")
Story = tuple[Observation, ...]

KEPT: dict[str, Story] = {
    "the button opens": (*begun(), line(10.0, "exit_request"), relay(10.2, on=True)),
    "it stands open already": (
        *begun(),
        line(9.0, "exit_request"),
        relay(9.1, on=True),
        line(10.0, "override"),
    ),
    "a spike is no press": (*begun(), line(10.0, "override"), line(10.02, "override", active=False)),
    "the process is dead": (
        *begun(),
        DEAD,
        line(30.0, "exit_request"),
        line(31.0, "exit_request", active=False),
    ),
    "it dies before its time is over": (
        *begun(),
        line(19.5, "exit_request"),
        DEAD,
        line(21.0, "exit_request", active=False),
    ),
    "it starts while the button is held": (
        *begun(),
        DEAD,
        line(30.0, "exit_request"),
        ProcessBegan(40.0, "main", "gate"),
        relay(42.0, on=True),
    ),
    "a button that stuck is no press of a restart": (
        *begun(),
        line(9.0, "override"),
        relay(9.1, on=True),
        relay(15.0, on=False),
        DEAD,
        ProcessBegan(100.0, "main", "gate"),
    ),
    "fire keeps it open": (
        *begun(),
        line(10.0, "fire"),
        relay(10.1, on=True),
        line(100.0, "fire", active=False),
        relay(110.0, on=False),
    ),
    "the relay is given back": (
        *begun(),
        line(19.0, "override"),
        relay(19.1, on=True),
        DEAD,
        relay(20.1, on=False),
    ),
}
BROKEN: dict[str, Story] = {
    "the button does not open": (
        *begun(),
        line(10.0, "exit_request"),
        line(12.0, "exit_request", active=False),
    ),
    "it opens too late": (*begun(), line(10.0, "exit_request"), relay(12.0, on=True)),
    "fire does not open": (*begun(), line(10.0, "fire")),
    "fire lets go": (*begun(), line(10.0, "fire"), relay(10.1, on=True), relay(20.0, on=False)),
    "the start does not see the fire": (
        *begun(),
        DEAD,
        line(30.0, "fire"),
        ProcessBegan(40.0, "main", "gate"),
    ),
    "it was open before, and shut": (
        *begun(),
        line(8.0, "duress"),
        relay(8.1, on=True),
        relay(9.9, on=False),
        line(10.0, "exit_request"),
    ),
    "the relay outlives the process": (*begun(), line(19.0, "override"), relay(19.1, on=True), DEAD),
}


@pytest.mark.parametrize(("every", "objects"), [(0.1, True), (3.0, False)])
def test_a_press_without_an_edge_is_heard_when_the_lines_are_read(every: float, objects: bool) -> None:
    story = (
        *begun(),
        Began(5.0, 1, "edge_lost", "main"),
        line(10.0, "exit_request"),
        relay(13.0, on=True),
        line(16.0, "exit_request", active=False),
    )
    assert ("safety_outranks" in broken(*story, rules=Rules(lines_read_every=every))) is objects


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_safety_is_kept_where(story: Story) -> None:
    assert broken(*story) == set()


@pytest.mark.parametrize("story", BROKEN.values(), ids=BROKEN)
def test_safety_is_broken_where(story: Story) -> None:
    assert "safety_outranks" in broken(*story)
