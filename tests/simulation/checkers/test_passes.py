"""A one-time pass opens at one gate once; where two let it through, central finds it."""

from __future__ import annotations

import pytest

from edge.decision import Outcome
from tests.simulation.checkers.stories import NEW_EPOCH, at_central, begun, broken, decided, stored
from tests.simulation.observations import (
    Calm,
    CardChanged,
    CentralRestored,
    FoundAtCentral,
    Observation,
    ProcessEnded,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
OPENED = decided("visitor:wei", pass_id="77", once=True)
REFUSED = decided("visitor:wei", Outcome.DENY, pass_id="77", once=True)
GATES = (begun(), begun("side"))
HERE, THERE = stored(10.0, 1, OPENED), stored(20.0, 1, OPENED, device="side", epoch=NEW_EPOCH)
FOUND = FoundAtCentral(40.0, "side", "reused", "pass 77 was used at main, sequence 1, too")

KEPT: dict[str, Story] = {
    "once": (begun(), HERE),
    "refused the second time": (begun(), HERE, stored(20.0, 2, REFUSED)),
    "another one": (
        begun(),
        HERE,
        stored(20.0, 2, decided("visitor:wei", pass_id="78", once=True)),
    ),
    "a pass that is not one-time": (
        begun(),
        stored(10.0, 1, decided("li", pass_id="55")),
        stored(20.0, 2, decided("li", pass_id="55")),
    ),
    "at two gates, and central finds it": (*GATES, HERE, THERE, at_central(40.0, HERE, THERE), FOUND),
    "at two gates, and one use is not at central": (*GATES, HERE, THERE, at_central(40.0, THERE)),
    "at two gates, and central has lost one with its backup": (
        *GATES,
        HERE,
        THERE,
        at_central(40.0, HERE),
        at_central(41.0, THERE),
        CentralRestored(50.0, 40.5),
    ),
    "on a card that was put back as a whole": (
        begun(),
        HERE,
        CardChanged(15.0, "main", "card_restored"),
        stored(20.0, 1, OPENED, epoch=NEW_EPOCH),
    ),
    "when the first use was never reported as stored": (
        begun(),
        HERE,
        ProcessEnded(10.0, "main", "gate", "power"),
        begun(at=12.0),
        stored(20.0, 1, OPENED, by="another"),
    ),
}
BROKEN: dict[str, Story] = {
    "twice": (begun(), HERE, stored(20.0, 2, OPENED)),
    "after a restart": (
        begun(),
        HERE,
        ProcessEnded(15.0, "main", "gate", "killed"),
        begun(at=16.0),
        stored(20.0, 2, OPENED),
    ),
    "after noise on the journal": (
        begun(),
        HERE,
        CardChanged(15.0, "main", "card_noise"),
        stored(20.0, 1, OPENED, epoch=NEW_EPOCH),
    ),
    "after the copy was damaged": (
        begun(),
        HERE,
        CardChanged(15.0, "main", "state_file_damaged", "used.sqlite"),
        stored(20.0, 2, OPENED),
    ),
    "at two gates, unfound": (*GATES, HERE, THERE, at_central(40.0, HERE, THERE), Calm(50.0)),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_a_one_time_pass_may_open(story: Story) -> None:
    assert "one_time_pass_opens_once" not in broken(*story)


@pytest.mark.parametrize("story", BROKEN.values(), ids=BROKEN)
def test_a_one_time_pass_may_not_open(story: Story) -> None:
    assert "one_time_pass_opens_once" in broken(*story)
