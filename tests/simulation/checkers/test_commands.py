"""A command is done once, in order, soon, and only if somebody gave it."""

from __future__ import annotations

import pytest

from edge.journal.format import LaneOpened
from tests.simulation.checkers.stories import EPOCH, NEW_EPOCH, begun, broken, opening, stored
from tests.simulation.observations import CardChanged, ClockState, Commanded, Observation

Story = tuple[Observation | tuple[Observation, ...], ...]


def given(at: float, nonce: bytes = b"n", device: str = "main") -> Commanded:
    return Commanded(at, device, "open_once", nonce)


def taken(
    at: float,
    sequence: int,
    nonce: bytes = b"n",
    counter: int = 1,
    *,
    issuer: str = "aa",
    epoch: bytes = EPOCH,
) -> Observation:
    return stored(at, sequence, opening(nonce, counter, issuer), epoch=epoch)


PUT_BACK = CardChanged(50.0, "main", "card_restored")

KEPT: dict[str, Story] = {
    "once": (begun(), given(10.0), taken(11.0, 1)),
    "and opens": (
        begun(),
        given(10.0),
        taken(11.0, 1),
        stored(12.0, 2, LaneOpened("staff", f"command {b'n'.hex()}")),
    ),
    "and then another": (
        begun(),
        given(10.0),
        taken(11.0, 1),
        given(20.0, b"m"),
        taken(21.0, 2, b"m", 2),
    ),
    "and an older one of another key": (
        begun(),
        given(10.0),
        taken(11.0, 1, counter=5),
        given(20.0, b"m"),
        taken(21.0, 2, b"m", 2, issuer="bb"),
    ),
    "again on a card that was put back, while it still holds": (
        begun(),
        given(10.0),
        taken(11.0, 1),
        PUT_BACK,
        taken(60.0, 1, epoch=NEW_EPOCH),
    ),
    "late by a clock that is wrong": (
        begun(),
        given(10.0),
        ClockState(20.0, "main", -9_000.0, False),
        taken(9_000.0, 1),
    ),
}
BROKEN: dict[str, Story] = {
    "that nobody gave": (begun(), taken(11.0, 1)),
    "that another gate was given": (begun(), given(10.0, device="side"), taken(11.0, 1)),
    "twice": (begun(), given(10.0), taken(11.0, 1), taken(21.0, 2, counter=2)),
    "twice with one counter": (begun(), given(10.0), taken(11.0, 1), taken(21.0, 2)),
    "after a later one": (
        begun(),
        given(10.0),
        given(11.0, b"m"),
        taken(12.0, 1, b"m", 2),
        taken(13.0, 2, b"n", 1),
    ),
    "an hour late": (begun(), given(10.0), taken(3_700.0, 1)),
    "again on a card that was put back, an hour later": (
        begun(),
        given(10.0),
        taken(11.0, 1),
        PUT_BACK,
        taken(3_700.0, 1, epoch=NEW_EPOCH),
    ),
    "without being written down": (
        begun(),
        given(10.0),
        stored(12.0, 1, LaneOpened("staff", f"command {b'n'.hex()}")),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_a_command_may_be_done(story: Story) -> None:
    assert "commands_are_done_once" not in broken(*story)


@pytest.mark.parametrize("story", BROKEN.values(), ids=BROKEN)
def test_a_command_may_not_be_done(story: Story) -> None:
    assert "commands_are_done_once" in broken(*story)
