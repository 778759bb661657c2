"""What two beams tell of people: who went which way, who turned back, and what no beam can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Direction
from edge.lane.machine.beams import AT_ONCE, Beams, Crossing, observe

ENTRY, EXIT = Direction.ENTRY, Direction.EXIT

STORIES = [
    # what the beams show, outer and inner (# broken, . clear), a tenth of a second each; what it means
    ("straight in", ["#.", "##", ".#", ".."], [Crossing(ENTRY, True)]),
    ("straight out", [".#", "##", "#.", ".."], [Crossing(EXIT, True)]),
    ("a hand", ["#.", ".."], []),
    ("turned back", ["#.", "##", "#.", ".."], [Crossing(ENTRY, False)]),
    ("turned back at the last beam", ["#.", "##", ".#", "##", ".#", ".."], [Crossing(ENTRY, True)]),
    ("hesitated", ["#.", "##", "#.", "##", ".#", ".."], [Crossing(ENTRY, True)]),
    (
        "somebody close behind",
        ["#.", "##", ".#", "##", "#.", "##", ".#", ".."],
        [Crossing(ENTRY, True, certain=False), Crossing(ENTRY, True)],
    ),
    ("ran: both clear at once", ["#.", "##", ".."], [Crossing(ENTRY, True, certain=False)]),
    ("both at once, then in", ["##", ".#", ".."], [Crossing(ENTRY, True, certain=False)]),
    ("both at once, then out", ["##", "#.", ".."], [Crossing(EXIT, True, certain=False)]),
    ("both at once, clear at once", ["##", ".."], [Crossing(None, False, certain=False)]),
]


def told(levels: list[str]) -> list[Crossing]:
    beams, crossings = Beams(), []
    for number, level in enumerate(levels, start=1):
        beams, crossing = observe(beams, level[0] == "#", level[1] == "#", 0.1 * number)
        if crossing is not None:
            crossings.append(crossing)
    assert beams == Beams(), "the lane is clear, and nothing is remembered"
    return crossings


@pytest.mark.parametrize(("levels", "meaning"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES])
def test_the_beams_tell(levels: list[str], meaning: list[Crossing]) -> None:
    assert told(levels) == meaning


@given(
    st.lists(
        st.tuples(st.sampled_from(Direction), st.floats(AT_ONCE + 0.001, 20.0), st.floats(0.0, 5.0)),
        max_size=30,
    )
)
def test_people_in_single_file_are_counted_exactly_however_slow(
    people: list[tuple[Direction, float, float]],
) -> None:
    now, beams, crossings = 100.0, Beams(), []
    for direction, stride, pause in people:
        now += pause
        for near, far in ((True, False), (True, True), (False, True), (False, False)):
            outer, inner = (near, far) if direction is ENTRY else (far, near)
            beams, crossing = observe(beams, outer, inner, now)
            crossings.append(crossing)
            now += stride
    assert [crossing for crossing in crossings if crossing] == [
        Crossing(direction, passed=True) for direction, _, _ in people
    ]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.0, 2.0)), max_size=60))
def test_no_flicker_of_the_beams_leaves_anything_behind(levels: list[tuple[bool, bool, float]]) -> None:
    now, beams = 100.0, Beams()
    for outer, inner, pause in levels:
        now += pause
        beams, _ = observe(beams, outer, inner, now)
    beams, _ = observe(beams, False, False, now + 1.0)
    assert beams == Beams()
