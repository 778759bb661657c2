"""Who shows something at a gate that lives is told something."""

from __future__ import annotations

import pytest

from tests.simulation.checkers.stories import begun, broken, leaves, visit
from tests.simulation.observations import Began, Came, Ended, Observation, ProcessBegan, ProcessEnded, Told

Story = tuple[Observation | tuple[Observation, ...], ...]


def came(at: float, *, how: str = "face", number: int = 1, pass_id: str = "") -> Came:
    return Came(at, "main", "li", how, number, pass_id)


KEPT: dict[str, Story] = {
    "told at once": (begun(), *visit(20.0), leaves(60.0)),
    "asked for a pass": (begun(), came(20.0), Told(22.0, "main", "code_required"), leaves(60.0)),
    "gone before their time": (begun(), came(20.0), leaves(25.0)),
    "who shows nothing": (begun(), came(20.0, how="tailgate")),
    "who was let in just now": (
        begun(),
        *visit(20.0),
        leaves(30.0),
        came(35.0, number=2),
        leaves(90.0, number=2),
    ),
    "whose pass another has just shown": (
        begun(),
        *visit(20.0, "wu", how="others_pass", pass_id="55"),
        leaves(24.0, "wu"),
        came(25.0, how="pass", number=2, pass_id="55"),
        leaves(41.0, number=2),
    ),
    "at a dead gate": (begun(), ProcessEnded(10.0, "main", "gate", "killed"), came(20.0)),
    "at a gate that begins": (
        begun(),
        ProcessEnded(10.0, "main", "gate", "killed"),
        came(20.0),
        ProcessBegan(100.0, "main", "gate"),
        Told(112.0, "main", "granted"),
        leaves(200.0),
    ),
    "without a camera": (begun(), Began(10.0, 1, "camera_gone", "main"), came(20.0), leaves(90.0)),
}
BROKEN: dict[str, Story] = {
    "told nothing": (begun(), came(20.0)),
    "told too late": (begun(), came(20.0), Told(60.0, "main", "granted")),
    "another gate speaks": (begun(), came(20.0), Told(21.0, "side", "granted"), leaves(90.0)),
    "told before they came": (begun(), Told(19.0, "main", "granted"), came(20.0), leaves(90.0)),
    "whose pass another has shown a minute before": (
        begun(),
        *visit(20.0, "wu", how="others_pass", pass_id="55"),
        leaves(24.0, "wu"),
        came(84.0, how="pass", number=2, pass_id="55"),
    ),
    "after somebody with another pass": (
        begun(),
        *visit(20.0, "wu", how="pass", pass_id="55"),
        leaves(24.0, "wu"),
        came(25.0, how="pass", number=2, pass_id="66"),
    ),
    "the second time, an hour later": (begun(), *visit(20.0), leaves(30.0), came(3_600.0, number=2)),
    "by a gate that begins": (
        begun(),
        ProcessEnded(10.0, "main", "gate", "killed"),
        came(20.0),
        ProcessBegan(100.0, "main", "gate"),
        leaves(200.0),
    ),
    "when the camera is back": (
        begun(),
        Began(10.0, 1, "camera_gone", "main"),
        came(20.0),
        Ended(100.0, 1, "camera_gone", "main"),
        leaves(200.0),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_nobody_is_left_standing(story: Story) -> None:
    assert broken(*story) == set()


@pytest.mark.parametrize("story", BROKEN.values(), ids=BROKEN)
def test_somebody_is_left_standing(story: Story) -> None:
    assert "never_stops_deciding" in broken(*story)
