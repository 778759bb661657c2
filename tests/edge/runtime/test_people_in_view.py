"""Who is asked for something and goes is in the journal, with what was missing; passers-by are not."""

from __future__ import annotations

from typing import Any

import pytest

from edge.decision import Reason
from edge.journal.format.kinds import EventKind
from tests.edge.runtime.conftest import Bench
from tests.edge.runtime.test_one_grant import events, prompts

ANN, STRANGER = 1, 7
GONE = 3.0
"""Seconds of frames that show nobody, after which everybody has left."""


def undecided(bench: Bench) -> list[dict[str, Any]]:
    return events(bench, EventKind.ENCOUNTER_UNDECIDED)


def test_who_was_asked_for_a_pass_and_went_is_written_down_with_what_was_missing(bench: Bench) -> None:
    assert bench.show(faces=(STRANGER,), seconds=5.0) == []
    assert undecided(bench) == [], "they stand there still"
    bench.show(seconds=GONE)
    [told] = undecided(bench)
    assert told == {
        "missing": Reason.FACE_UNKNOWN,
        "seconds": pytest.approx(4.9),
        "frames": 50,
        "prompts": len(prompts(bench)),
        "input": "camera",
    }
    bench.show(seconds=GONE)
    assert len(undecided(bench)) == 1, "once for each standing still"


@pytest.mark.parametrize(
    ("who", "seconds", "why"),
    [
        (STRANGER, 0.8, "they walked by, and were asked for nothing"),
        (STRANGER, 9.0, "they were refused, which is a decision"),
        (ANN, 5.0, "they were let through"),
    ],
)
def test_nobody_else_is(bench: Bench, who: int, seconds: float, why: str) -> None:
    bench.show(faces=(who,), seconds=seconds)
    bench.show(seconds=GONE)
    assert undecided(bench) == [], why


def test_nobody_is_asked_for_anything_when_they_have_walked_on(bench: Bench) -> None:
    bench.show(faces=(STRANGER,), seconds=0.8)
    bench.show(seconds=GONE)
    assert prompts(bench) == []


def test_an_endless_stream_of_passers_by_leaves_one_event_a_minute(bench: Bench) -> None:
    """Each is asked for a pass and goes on, for two minutes and a bit."""
    begun = bench.clock.monotonic()
    while bench.clock.monotonic() - begun < 130.0:
        bench.show(faces=(STRANGER,), seconds=2.0)
        bench.show(seconds=GONE)
    one, *later = [event.get("times", 1) for event in undecided(bench)]
    assert one == 1
    assert len(later) == 2
    assert sum(later) >= 120 / (2.0 + GONE) - 1, "the rest are counted"
