"""What is held against a gate that has a scanner and a keypad on cables, and no camera."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import Outcome, PassEvidence, PassVerdict, Reason
from edge.journal.format import AccessDecided, KeypadLockedOut
from tests.simulation.checkers.stories import begun, broken, decided, stored
from tests.simulation.observations import (
    Began,
    Came,
    CardChanged,
    Ended,
    Observation,
    ProcessBegan,
    ProcessEnded,
    Scanned,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
RESTS = KeypadLockedOut("pad", 60.0, 5)


def by(reader: str, *, pass_id: str = "77", verdict: PassVerdict = PassVerdict.GENUINE) -> AccessDecided:
    genuine = verdict is PassVerdict.GENUINE
    event = decided("li" if genuine else None, Outcome.DENY, Reason.STATUS_RED, pass_id=pass_id)
    code = PassEvidence(verdict, pass_id=pass_id or None, subject_id="li" if genuine else None)
    return replace(event, input=reader, evidence=replace(event.evidence, code=code))


def wrong() -> AccessDecided:
    return by("pad", pass_id="", verdict=PassVerdict.UNKNOWN_CODE)


def shows(at: float) -> Came:
    return Came(at, "main", "li", "pass", 1, "77")


def guessed(begin: float, count: int) -> Story:
    """So many wrong numbers, one in three seconds."""
    return tuple(
        seen
        for number in range(count)
        for at in [begin + 3.0 * number]
        for seen in (Scanned(at, "main", "pad"), stored(at + 1.0, 10 + number, wrong()))
    )


def unplugged(begin: float, end: float) -> Story:
    return Began(begin, 1, "readers_unplugged", "main"), Ended(end, 1, "readers_unplugged", "main")


KEPT: dict[str, Story] = {
    "one scan, one decision": (
        begun(), shows(20.0), Scanned(20.0, "main", "desk"), stored(21.0, 1, by("desk")),
    ),
    "read as another while it was off its cable": (
        begun(), *unplugged(18.0, 19.5), shows(20.0), Scanned(20.0, "main", "desk"),
        stored(21.0, 1, by("desk", pass_id="88")),
    ),
    "four wrong numbers": (begun(), *guessed(20.0, 4)),
    "a number after the rest": (
        begun(), stored(20.0, 1, RESTS), Scanned(90.0, "main", "pad"), stored(91.0, 2, wrong()),
    ),
    "a number that is not looked at": (
        begun(), stored(20.0, 1, RESTS), Scanned(50.0, "main", "pad"),
        stored(51.0, 2, by("pad", pass_id="", verdict=PassVerdict.KEYPAD_RESTS)),
    ),
    "the card was put back": (
        begun(), stored(20.0, 1, RESTS), CardChanged(40.0, "main", "card_restored"),
        Scanned(50.0, "main", "pad"), stored(51.0, 2, wrong()),
    ),
}  # fmt: skip
BROKEN: dict[str, tuple[str, Story]] = {
    "one scan, two decisions": (
        "one_decision_a_scan",
        (begun(), Scanned(20.0, "main", "desk"), stored(21.0, 1, by("desk")), stored(22.0, 2, by("desk"))),
    ),
    "decided on what was scanned long ago": (
        "one_decision_a_scan", (begun(), Scanned(20.0, "main", "desk"), stored(90.0, 1, by("desk"))),
    ),
    "another code than was shown": (
        "what_is_scanned_is_read",
        (
            begun(), shows(20.0), Scanned(20.0, "main", "desk"), stored(21.0, 1, by("desk", pass_id="88")),
        ),
    ),
    "a number within the rest, after a restart": (
        "keypad_rests",
        (
            begun(), stored(20.0, 1, RESTS), ProcessEnded(25.0, "main", "gate", "killed"),
            ProcessBegan(26.0, "main", "gate"), Scanned(50.0, "main", "pad"), stored(51.0, 2, wrong()),
        ),
    ),
    "wrong numbers without end": ("keypad_rests", (begun(), *guessed(20.0, 9))),
}  # fmt: skip


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_what_a_gate_may_do(story: Story) -> None:
    assert not broken(*story) & {"one_decision_a_scan", "what_is_scanned_is_read", "keypad_rests"}


@pytest.mark.parametrize(("checker", "story"), BROKEN.values(), ids=BROKEN)
def test_what_it_may_not(checker: str, story: Story) -> None:
    assert checker in broken(*story)
