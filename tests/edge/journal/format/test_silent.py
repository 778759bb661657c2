"""A silent press among the usual ones: where it is shown, and as what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import ClockTrust, WallTime
from edge.journal.format import (
    Entry,
    Event,
    LaneClosed,
    LaneDuress,
    LaneOverride,
    LaneOverrideAbuse,
    following,
    is_shown_press,
    told,
    usual_press,
)
from edge.journal.format import silent as silent_module


def entry(event: Event) -> Entry:
    wall = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
    return following(None, told(event), epoch=b"e" * 16, gate="main", wall=wall, monotonic=1.0)


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (LaneOverride("wang"), True),
        (LaneOverrideAbuse(6, "wang"), True),
        (LaneDuress("wang"), True),
        (LaneDuress("wang", folded=True), False),
        (LaneClosed(), False),
    ],
)
def test_a_press_is_shown_where_the_usual_button_leaves_one(event: Event, *, shown: bool) -> None:
    assert is_shown_press(event) is shown
    assert isinstance(event, silent_module.PRESSES) or not shown


def test_a_silent_press_reads_like_the_usual_one_or_is_not_there() -> None:
    seen = usual_press(entry(LaneDuress("wang")))
    assert seen is not None
    assert (seen.kind, seen.content) == (LaneOverride.kind, entry(LaneOverride("wang")).content)
    assert usual_press(entry(LaneDuress("wang", folded=True))) is None
    assert usual_press(entry(LaneClosed())) == entry(LaneClosed())
