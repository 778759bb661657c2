"""A gate counts those whom its beams saw while it lived, and nobody else, over any number of restarts."""

from __future__ import annotations

import pytest

from edge.journal.format import OccupancyReset
from tests.simulation.checkers.stories import begun, broken, stored
from tests.simulation.observations import (
    Began,
    Counted,
    Ended,
    Observation,
    ProcessBegan,
    ProcessEnded,
    Walked,
)

Story = tuple[Observation | tuple[Observation, ...], ...]


def walked(at: float, *, inward: bool = True, beams: bool = True, lived: bool = True) -> Walked:
    return Walked(at, "main", "li", inward, beams, lived)


IN, OUT = walked(100.0), walked(200.0, inward=False)
DIES, COMES_BACK = ProcessEnded(500.0, "main", "gate", "killed"), ProcessBegan(510.0, "main", "gate")

KEPT: dict[str, Story] = {
    "one goes in, one out": (begun(), IN, Counted(101.0, "main", 1, 0), OUT, Counted(205.0, "main", 1, 1)),
    "nobody saw them": (begun(), walked(100.0, beams=False)),
    "the gate was dead": (begun(), walked(100.0, lived=False)),
    "it was killed meanwhile": (begun(), walked(499.0), DIES, COMES_BACK),
    "who was seen by nobody may be estimated": (
        begun(),
        walked(100.0, beams=False),
        Counted(101.0, "main", 1, 0),
    ),
    "it outlives a restart": (
        begun(),
        IN,
        Counted(101.0, "main", 1, 0),
        DIES,
        COMES_BACK,
        Counted(512.0, "main", 1, 0),
    ),
    "a new process is slow to say it": (
        begun(),
        IN,
        Counted(101.0, "main", 1, 0),
        DIES,
        COMES_BACK,
        Counted(512.0, "main", 0, 0),
        Counted(520.0, "main", 1, 0),
    ),
    "the card was full": (
        begun(),
        Began(90.0, 1, "card_full", "main"),
        IN,
        Ended(110.0, 1, "card_full", "main"),
    ),
    "a day has ended": (
        begun(),
        IN,
        Counted(101.0, "main", 1, 0),
        stored(1_000.0, 1, OccupancyReset("2027-01-15", "2027-01-16", 1)),
        Counted(1_001.0, "main", 0, 0),
    ),
}
BROKEN: dict[str, Story] = {
    "who went in is not counted": (begun(), IN, Counted(101.0, "main", 0, 0)),
    "nothing is ever said": (begun(), IN),
    "they are counted the other way": (begun(), IN, Counted(101.0, "main", 0, 1)),
    "nobody went, and somebody is counted": (begun(), Counted(101.0, "main", 1, 0)),
    "one is counted twice": (begun(), IN, Counted(101.0, "main", 2, 0)),
    "a restart forgets": (
        begun(),
        IN,
        Counted(101.0, "main", 1, 0),
        DIES,
        COMES_BACK,
        Counted(512.0, "main", 0, 0),
    ),
    "one of many is left out": (
        begun(),
        IN,
        walked(150.0),
        Counted(160.0, "main", 2, 0),
        walked(300.0),
        walked(310.0),
        Counted(320.0, "main", 3, 0),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_the_count_is_right_where(story: Story) -> None:
    assert "count_is_people" not in broken(*story)


@pytest.mark.parametrize("story", BROKEN.values(), ids=BROKEN)
def test_the_count_is_wrong_where(story: Story) -> None:
    assert "count_is_people" in broken(*story)
