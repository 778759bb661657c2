"""A right clock is believed once central has said the time; a wrong one is noticed by a gate alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import Outcome, Reason
from edge.journal.format import ClockDisagrees, ClockUnsure
from tests.simulation.checkers.stories import broken, decided, peopled, stored
from tests.simulation.observations import (
    CardChanged,
    ClockState,
    Linked,
    Observation,
    ProcessBegan,
    ProcessEnded,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
UNSURE = decided("li", Outcome.REFER, Reason.CLOCK_UNTRUSTED)
BACK = ClockState(2_000.0, "main", -5_000.0, True)
WROTE = (*peopled(), Linked(1.0, "main", False), stored(1_000.0, 1))

KEPT: dict[str, Story] = {
    "doubted before an event was acknowledged": (*peopled(), stored(500.0, 1, UNSURE)),
    "doubted while it is not linked": (*WROTE, stored(5_000.0, 2, UNSURE)),
    "wrong, and doubted": (
        *peopled(),
        stored(10.0, 1),
        BACK,
        stored(2_005.0, 2, ClockDisagrees(-5_000.0, datetime(2027, 1, 15, tzinfo=UTC))),
        stored(5_000.0, 3, UNSURE),
    ),
    "wrong, and said to be": (*WROTE, BACK, stored(2_650.0, 2, ClockUnsure("behind", True))),
    "wrong for a short time": (*WROTE, BACK, ClockState(2_500.0, "main", 0.0, True)),
    "behind the time, but not behind what it wrote": (*WROTE, ClockState(90_000.0, "main", -5_000.0, True)),
    "wrong, and the process was away": (*WROTE, BACK, ProcessEnded(2_100.0, "main", "gate", "killed")),
    "wrong on a card that knows no better": (
        *WROTE,
        CardChanged(1_900.0, "main", "card_restored"),
        BACK,
        ProcessBegan(2_001.0, "side", "gate"),
    ),
}
BROKEN: dict[str, tuple[str, Story]] = {
    "right, and doubted for ever": (
        "right_clock_is_believed",
        (*peopled(), stored(10.0, 1), stored(5_000.0, 2, UNSURE)),
    ),
    "right again, and doubted for ever": (
        "right_clock_is_believed",
        (
            *peopled(),
            ClockState(100.0, "main", 90_000.0, True),
            stored(150.0, 1),
            ClockState(200.0, "main", 0.0, True),
            stored(250.0, 2),
            stored(5_000.0, 3, UNSURE),
        ),
    ),
    "wrong, and unnoticed": ("wrong_clock_is_noticed", (*WROTE, BACK)),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_a_clock_may_be(story: Story) -> None:
    assert not {"right_clock_is_believed", "wrong_clock_is_noticed"} & broken(*story)


@pytest.mark.parametrize(("checker", "story"), BROKEN.values(), ids=BROKEN)
def test_a_clock_may_not_be(checker: str, story: Story) -> None:
    assert checker in broken(*story)
