"""Who walks up hears nothing wrong: what is not yet good enough is not held against them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import FaceFinding, FaceProblem, FaceRule, LivenessMode, LivenessRule, Mode
from edge.encounter import EncounterTracker
from edge.liveness import LivenessReading
from edge.vision.reports import FaceSighting, Sighting
from tests.edge.encounter.test_one_person import ANN, STRANGER, Gate
from tests.edge.encounter.test_tracker import PATIENCE, TwoResidents, face
from tests.examples import tried

FAR = FaceProblem.TOO_SMALL
RATE = 10


def comes_nearer(
    gate: Gate, seconds: float, who: int | None, *, width: float, problem: FaceProblem | None
) -> float:
    """A face that grows by a third in a second; how wide it is in the end."""
    for _ in range(round(seconds * RATE)):
        width *= 1.33 ** (1.0 / RATE)
        gate.show(0.1, replace(face(who, width=width, problem=problem), quality=width / 500))
    return width


@pytest.mark.parametrize("far", [0.5, 1.5, 2.8])
@pytest.mark.parametrize("unlike", [0.0, 0.3, 1.0])
def test_a_resident_who_walks_up_hears_nothing_before_the_welcome(far: float, unlike: float) -> None:
    """Too small at first, and for a few looks not recognised: that flashed up before the grant."""
    gate = Gate(Mode.FACE)
    width = comes_nearer(gate, far, None, width=45.0, problem=FAR)
    width = comes_nearer(gate, unlike, STRANGER, width=width, problem=None)
    comes_nearer(gate, 2.0, ANN, width=width, problem=None)
    assert gate.who == ["ann"]
    assert gate.asked == []


def test_who_stays_far_away_is_asked_to_come_closer() -> None:
    gate = Gate()
    gate.show(2.0, face(width=40, problem=FAR))
    assert [one.face.problem for one in gate.asked if one.face] == [FAR]


def test_a_stranger_who_has_come_is_asked_for_a_pass_when_they_are_seen_well() -> None:
    gate = Gate()
    width = comes_nearer(gate, 2.0, STRANGER, width=60.0, problem=None)
    assert gate.asked == []
    gate.show(1.0, replace(face(STRANGER, width=width), quality=0.3))
    assert [one.face.finding for one in gate.asked if one.face] == [FaceFinding.UNKNOWN]


def measured(number: int, share: float) -> FaceSighting:
    points = tuple((number % 5 + 10.0 * place, 5.0) for place in range(5))
    return replace(face(ANN), landmarks=points, liveness=LivenessReading(share))


@pytest.mark.parametrize("mode", [Mode.FACE, Mode.FACE_OR_CODE])
def test_a_face_that_looks_like_a_picture_at_first_is_measured_on_before_anything_is_said(mode: Mode) -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    rule = FaceRule(frames=2, liveness=LivenessRule(mode=LivenessMode.PASSIVE))
    heard = []
    for number in range(30):
        shares = 0.2 if number < 5 else 0.95
        sighting = Sighting(number + 1, number / 15, "camera", 640, 480, (measured(number, shares),))
        encounter = tracker.handle(sighting, mode, rule)
        if encounter is not None:
            heard.append((encounter.final, encounter.face and encounter.face.finding))
            break
    assert heard == [(True, FaceFinding.MATCHED)]


_quality = st.lists(st.floats(0.0, 1.0), min_size=70, max_size=70)


@settings(derandomize=True, max_examples=tried(40), deadline=None)
@given(_quality, st.lists(st.floats(30.0, 300.0), min_size=70, max_size=70))
def test_whatever_a_stranger_s_face_does_they_are_asked_within_five_seconds(
    quality: list[float], widths: list[float]
) -> None:
    gate = Gate()
    for how, width in zip(quality, widths, strict=True):
        gate.show(0.1, replace(face(STRANGER, width=width), quality=how))
    assert gate.asked
    assert gate.asked[0].ready - gate.asked[0].began < 5.0
