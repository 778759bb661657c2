"""Scripts of timed inputs: what they may say, and how they are told that something is wrong."""

from __future__ import annotations

import pytest

from edge.boards.format import InputName
from edge.decision import Direction
from edge.diagnostics.core import GiveSignal, Touch, parse
from edge.errors import ConfigurationError
from edge.lane.machine import Grant


def test_times_are_seconds_minutes_or_after_the_line_above() -> None:
    script = parse("1.5 override on\n+0.25 override off\n10:00 tamper on\n+1 tamper off\n", "x")
    assert [step.at for step in script.steps] == [1.5, 1.75, 600.0, 601.0]


def test_a_grant_is_for_one_way_or_for_either() -> None:
    steps = parse("1 grant\n2 grant bo exit\n3 grant li either", "x").steps
    said = [step.action.signal for step in steps if isinstance(step.action, GiveSignal)]
    assert said == [
        Grant("1", Direction.ENTRY),
        Grant("bo", Direction.EXIT),
        Grant("li", None),
    ]


def test_a_walk_breaks_both_beams_one_after_the_other() -> None:
    steps = parse("1 walk exit 4", "x").steps
    assert [(step.at, step.action) for step in steps] == [
        (1.0, Touch(InputName.BEAM_INNER, True)),
        (2.0, Touch(InputName.BEAM_OUTER, True)),
        (3.0, Touch(InputName.BEAM_INNER, False)),
        (4.0, Touch(InputName.BEAM_OUTER, False)),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("press override", "is not a time"),
        ("-1 press override", "is not a time"),
        ("nan press override", "is not a time"),
        ("86401 press override", "later than a day"),
        ("1", "without anything to do"),
        ("1 press", "press needs a line"),
        ("1 press door", "neither a line nor something to do"),
        ("1 press override -2", "not a number of seconds"),
        ("1 override maybe", "on or off"),
        ("1 override", "write: override on"),
        ("1 walk sideways", "is not a direction"),
        ("1 grant a b c", "two words at most"),
        ("1 bounce override 5000 20", "5000 edges"),
        ("1 bounce override 50", "three words"),
        ("1 hold", "hold needs a name"),
        ("1 kill softly", "takes no more words"),
        ("1 clock yesterday", "not a number of seconds"),
        ("set open_time", "expected 2"),
        ("set open_time soon", "not a number of seconds"),
        ("without door", "neither a line"),
        ("1 tamper on\nboard simulated", "after a timed line"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_what_to_write(line: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        parse("# a story\n" + line, "mine.lane")
    number = 2 + line.count("\n")
    assert caught.value.where == f"mine.lane, line {number}"
    assert caught.value.remedy


def test_a_script_is_bounded() -> None:
    with pytest.raises(ConfigurationError, match="longer than 64 KiB"):
        parse("#" * 70_000, "x")
    with pytest.raises(ConfigurationError, match="more than 5000 steps"):
        parse("1 bounce override 1000 20\n" * 6, "x")
