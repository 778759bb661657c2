"""Two faces before one gate, of which one may be a picture, the same person's, or named by a pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import FaceFinding, FaceRule, LivenessMode, LivenessRule, Mode
from edge.encounter import Encounter, EncounterTracker
from edge.liveness import LivenessReading
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.edge.encounter.test_one_person import ANN, BOB, STRANGER, Gate
from tests.edge.encounter.test_tracker import PATIENCE, TwoResidents, face
from tests.examples import tried

PASSIVE = FaceRule(frames=2, liveness=LivenessRule(mode=LivenessMode.PASSIVE))
RATE = 10
Shown = Callable[[int], tuple[FaceSighting, ...]]
"""The faces of a frame, by its number."""


def seen(who: int, number: int, *, alive: float, width: float = 100, left: float = 270) -> FaceSighting:
    """A face that is measured in this frame; the landmarks tremble, as a sensor's do."""
    points = tuple((left + number % 7 + place, 10.0 * place) for place in range(5))
    return replace(
        face(who, track=who + 1 if alive > 0.5 else who + 11),
        box=Box(left, 10, width, width),
        landmarks=points,
        liveness=LivenessReading(alive),
    )


def told(shown: Shown, seconds: float, mode: Mode = Mode.FACE_OR_CODE, code: str = "") -> list[Encounter]:
    """What is decided on."""
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    codes = (CodeSighting(code, len(code)),) if code else ()
    final = []
    for number in range(round(seconds * RATE)):
        sighting = Sighting(number + 1, number / RATE, "camera", 640, 480, shown(number), codes)
        encounter = tracker.handle(sighting, mode, PASSIVE)
        if encounter is not None and encounter.final:
            final.append(encounter)
            if encounter.face is not None and encounter.face.finding is FaceFinding.MATCHED:
                tracker.admitted(encounter, encounter.face.subject_id, "1")
    return final


def holding(picture_of: int, width: float) -> Shown:
    """Ann, and beside her head a phone with a picture that is so wide."""

    def shown(number: int) -> tuple[FaceSighting, ...]:
        picture = seen(picture_of, number, alive=0.05, width=width, left=390)
        return seen(ANN, number, alive=0.95), picture

    return shown


@pytest.mark.parametrize("width", [60.0, 100.0, 120.0, 150.0])
@pytest.mark.parametrize("picture_of", [ANN, BOB, STRANGER])
def test_who_holds_a_phone_with_a_picture_beside_their_head_comes_in(picture_of: int, width: float) -> None:
    """A picture that is measured as one does not speak for who holds it, also where it is the larger one."""
    [first, *_] = told(holding(picture_of, width), 3.0)
    assert first.face is not None
    assert first.face.subject_id == "ann"
    assert first.ready < 2.0


def test_two_living_people_are_asked_to_come_one_at_a_time() -> None:
    both = told(lambda n: (seen(ANN, n, alive=0.9), seen(BOB, n, alive=0.9, left=390)), 9.0)
    assert [one.face.finding for one in both if one.face] == [FaceFinding.SEVERAL]


def test_of_two_living_people_the_one_whom_the_pass_names_is_meant() -> None:
    """Face and pass: it was a dead end until the other had gone."""
    [first, *_] = told(
        lambda n: (seen(BOB, n, alive=0.9), seen(ANN, n, alive=0.9, left=390)),
        3.0,
        Mode.FACE_AND_CODE,
        code="ann",
    )
    assert first.face is not None
    assert first.face.confirms
    assert first.ready < 2.0


def test_two_pictures_are_not_living_because_there_are_two() -> None:
    both = told(lambda n: (seen(ANN, n, alive=0.1), seen(BOB, n, alive=0.1, left=390)), 9.0)
    assert [one.face.finding for one in both if one.face] == [FaceFinding.SEVERAL]


@settings(derandomize=True, max_examples=tried(30), deadline=None)
@given(st.lists(st.floats(72.0, 90.0), min_size=60, max_size=60))
def test_two_at_the_limit_of_being_two_do_not_flip(widths: list[float]) -> None:
    """Beside a face of a hundred pixels, one that counts as another from eighty on."""
    gate = Gate()
    gate.outcome = lambda _: False
    for width in widths:
        gate.show(0.1, face(STRANGER), face(2, track=2, width=width))
    findings = [one.face.finding for one in gate.asked if one.face]
    assert len(findings) <= 2
    assert len(set(findings)) == len(findings)


def test_who_is_left_of_two_is_asked_for_themselves() -> None:
    """Two were told to come one at a time; one goes, and the other, a stranger, does not stand unheard."""
    gate = Gate()
    gate.outcome = lambda _: False
    gate.show(PATIENCE.give_up_after + 0.5, face(STRANGER), face(2, track=2))
    assert [one.face.finding for one in gate.final if one.face] == [FaceFinding.SEVERAL]
    before, alone = len(gate.asked), gate.now
    gate.show(4.0, face(STRANGER))
    assert [one.face.finding for one in gate.asked[before:] if one.face][:1] == [FaceFinding.UNKNOWN]
    assert gate.asked[before].ready - alone < 2.0


@pytest.mark.parametrize(
    ("outer", "inner", "finding"),
    [
        (0.05, 0.05, FaceFinding.SPOOF),  # a film in which somebody watches a film
        (0.05, 0.95, FaceFinding.SPOOF),  # however alive what is in it looks
        (0.95, 0.05, FaceFinding.MATCHED),  # a face on a shirt
        (0.95, 0.95, FaceFinding.MATCHED),
    ],
)
def test_a_face_within_a_face_says_nothing_of_it(outer: float, inner: float, finding: FaceFinding) -> None:
    def shown(number: int) -> tuple[FaceSighting, ...]:
        within = seen(BOB, number, alive=inner, width=60.0, left=290)
        return seen(ANN, number, alive=outer, width=220.0, left=210), within

    assert [one.face.finding for one in told(shown, 9.0) if one.face][:1] == [finding]
