"""When a face is as good as it will get: a table of how it has grown, and a bound for every other way."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import FaceEvidence, FaceFinding, FaceProblem, LivenessMeans, LivenessMode, LivenessRule
from edge.encounter.ripening import APPROACHES_FOR, RIPENS_FOR, Ripening, after, is_ripe
from edge.liveness import LONGEST_MEASURED
from edge.vision.reports import FaceSighting
from tests.edge.encounter.test_tracker import face
from tests.examples import tried

OFF, PASSIVE = LivenessRule(mode=LivenessMode.OFF), LivenessRule(mode=LivenessMode.PASSIVE)
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
MATCHED = FaceEvidence(FaceFinding.MATCHED, "ann")
SPOOF = FaceEvidence(FaceFinding.SPOOF, liveness=0.2, liveness_frames=3)
TOO_SMALL = FaceEvidence(FaceFinding.UNUSABLE, problem=FaceProblem.TOO_SMALL, frames=0)
FEW = replace(UNKNOWN, enough=False)
RATE = 10


def ripened(frames: Iterable[FaceSighting]) -> tuple[Ripening, float]:
    """Frames of one face, ten a second: what they come to, and when the last one was."""
    ripening, now = Ripening(0.0), 0.0
    for number, seen in enumerate(frames):
        now = number / RATE
        ripening = after(ripening, seen, now)
    return ripening, now


def stands(frames: int) -> list[FaceSighting]:
    return [replace(face(3), quality=0.5)] * frames


def comes(frames: int, *, small: bool = False) -> list[FaceSighting]:
    """A face that grows by a fifth in a second."""
    problem = FaceProblem.TOO_SMALL if small else None
    return [
        replace(face(3, width=60 * 1.2 ** (number / RATE), problem=problem), quality=0.5)
        for number in range(frames)
    ]


def sharpens(frames: int) -> list[FaceSighting]:
    return [replace(face(3), quality=0.3 * 1.06**number) for number in range(frames)]


@pytest.mark.parametrize(
    ("frames", "found", "rule", "ripe"),
    [
        (stands(3), UNKNOWN, OFF, False),  # a look or two more may tell
        (stands(6), UNKNOWN, OFF, True),
        (stands(6), FEW, OFF, False),
        (stands(17), FEW, OFF, True),
        (comes(10), UNKNOWN, OFF, False),
        (comes(32), UNKNOWN, OFF, True),  # for ever is nobody on the way
        (comes(10), MATCHED, OFF, True),
        (comes(10, small=True), TOO_SMALL, OFF, False),
        (comes(32, small=True), TOO_SMALL, OFF, True),
        ([*reversed(comes(12, small=True))], TOO_SMALL, OFF, True),  # they go away
        (sharpens(10), UNKNOWN, OFF, False),
        (sharpens(17), UNKNOWN, OFF, True),
        (stands(6), SPOOF, PASSIVE, False),  # measured on
        (stands(12), SPOOF, PASSIVE, True),
        (stands(6), replace(SPOOF, liveness_frames=12), PASSIVE, True),
        (stands(6), MATCHED, PASSIVE, False),  # not measured yet
        (stands(12), MATCHED, PASSIVE, True),
        (stands(6), replace(MATCHED, liveness=0.9, liveness_frames=3), PASSIVE, True),
    ],
)
def test_a_face_is_ripe(
    frames: list[FaceSighting], found: FaceEvidence, rule: LivenessRule, ripe: bool
) -> None:
    ripening, now = ripened(frames)
    assert is_ripe(ripening, found, rule, LivenessMeans.NETS, now) is ripe


def test_a_gate_that_cannot_measure_waits_for_no_measure() -> None:
    ripening, now = ripened(stands(2))
    assert is_ripe(ripening, MATCHED, PASSIVE, LivenessMeans.MOVES, now)


_seen = st.builds(
    lambda width, quality, problem, who: replace(face(who, width=width, problem=problem), quality=quality),
    st.floats(10.0, 400.0),
    st.floats(0.0, 1.0),
    st.sampled_from([None, *FaceProblem]),
    st.sampled_from([None, 0, 3]),
)


@settings(derandomize=True, max_examples=tried(150), deadline=None)
@given(st.lists(_seen, min_size=1, max_size=60), st.sampled_from([UNKNOWN, MATCHED, SPOOF, FEW, TOO_SMALL]))
def test_whatever_a_face_does_its_time_is_bounded(frames: list[FaceSighting], found: FaceEvidence) -> None:
    ripening, now = ripened(frames)
    looked = now if ripening.looked is None else ripening.looked
    over = now >= max(APPROACHES_FOR, looked + max(RIPENS_FOR, LONGEST_MEASURED))
    assert is_ripe(ripening, found, PASSIVE, LivenessMeans.NETS, now) or not over
