"""What the demo's screen says of the lane."""

from __future__ import annotations

import pytest

from edge.decision import Direction
from edge.demo.screen import told_of
from edge.journal.format import Event, LaneOverride, LanePassed


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            LanePassed(Direction.ENTRY, "counted", "grant", "5"),
            "passed direction entry, counted, cause grant, reference 5",
        ),
        (LanePassed(None, "estimated", "fire"), "passed estimated, cause fire"),
        (LaneOverride(""), "override"),
    ],
)
def test_an_event_of_the_lane_is_a_line(event: Event, line: str) -> None:
    assert told_of(event) == line
