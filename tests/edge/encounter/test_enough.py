"""Whether more frames could change the decision, mode by mode; and what lay over a face in most of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import (
    Cover,
    FaceEvidence,
    FaceFinding,
    FaceRule,
    LivenessMode,
    LivenessRule,
    MaskedFace,
    Mode,
    PassEvidence,
    PassKind,
    PassVerdict,
)
from edge.encounter import Encounter, Patience
from edge.encounter.enough import enough, mostly, waits_for
from edge.encounter.values import Shown

MASK, OTHER = list(Cover)[:2]
NOT_ASKED = LivenessRule(mode=LivenessMode.OFF)
RULE = FaceRule(liveness=NOT_ASKED)
LIVE = FaceRule(liveness=LivenessRule(mode=LivenessMode.PASSIVE))
MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na")
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
CONFIRMED = FaceEvidence(FaceFinding.UNKNOWN, pass_score=0.5, pass_threshold=0.4)
UNCONFIRMED = replace(CONFIRMED, pass_score=0.3)
MEASURED = replace(MATCHED, liveness=0.9, liveness_frames=3)
GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p", subject_id="li-na")
BOUND = replace(GENUINE, face_bound=True)
POSTER, FORGED = PassEvidence(PassVerdict.NOT_A_PASS), PassEvidence(PassVerdict.FORGED)
SEVERAL = PassEvidence(PassVerdict.SEVERAL)


def is_enough(
    mode: Mode,
    face: FaceEvidence | None,
    code: PassEvidence | None,
    *,
    rule: FaceRule = RULE,
    settled: bool = False,
) -> bool:
    return enough(Encounter("", face, code, 0.0, 0.0), mode, rule, settled=settled)


@pytest.mark.parametrize(
    ("mode", "face", "code", "expected"),
    [
        (Mode.FACE_OR_CODE, None, None, False),
        (Mode.FACE_OR_CODE, UNKNOWN, None, False),  # the next frame may be a better one
        (Mode.FACE_OR_CODE, MATCHED, None, True),
        (Mode.FACE_OR_CODE, None, GENUINE, True),
        (Mode.FACE_OR_CODE, None, POSTER, False),  # perhaps nobody meant to show it
        (Mode.FACE_OR_CODE, MATCHED, POSTER, True),
        (Mode.FACE_OR_CODE, None, FORGED, True),
        (Mode.FACE_OR_CODE, MATCHED, SEVERAL, False),  # one of them may yet be put away
        (Mode.CODE, MATCHED, None, False),
        (Mode.CODE, None, GENUINE, True),
        (Mode.CODE, None, POSTER, False),
        (Mode.FACE, MATCHED, None, True),
        (Mode.FACE, None, GENUINE, False),  # a face may yet come
        (Mode.FACE, UNKNOWN, GENUINE, False),
        (Mode.FACE_AND_CODE, MATCHED, None, False),
        (Mode.FACE_AND_CODE, None, GENUINE, False),
        (Mode.FACE_AND_CODE, CONFIRMED, GENUINE, True),
        (Mode.FACE_AND_CODE, UNCONFIRMED, GENUINE, False),
        (Mode.FACE_AND_CODE, CONFIRMED, POSTER, False),
        (Mode.FACE_OR_CODE, None, BOUND, False),
        (Mode.CODE, CONFIRMED, BOUND, True),
        (Mode.FREE, None, None, False),
        (Mode.FREE, UNKNOWN, None, True),
        (Mode.FREE, None, GENUINE, True),
        (Mode.FREE, None, POSTER, False),
        (Mode.FREE, None, SEVERAL, True),
    ],
)
def test_when_a_face_still_has_time(
    mode: Mode, face: FaceEvidence | None, code: PassEvidence | None, expected: bool
) -> None:
    assert is_enough(mode, face, code) is expected


@pytest.mark.parametrize(
    ("mode", "face", "code", "expected"),
    [
        (Mode.FACE, None, GENUINE, True),
        (Mode.FACE, UNKNOWN, GENUINE, True),
        (Mode.FACE, UNKNOWN, None, False),
        (Mode.FACE_AND_CODE, UNCONFIRMED, GENUINE, True),
        (Mode.FACE_AND_CODE, replace(UNCONFIRMED, enough=False), GENUINE, False),
        (Mode.FACE_AND_CODE, replace(CONFIRMED, frames=0), GENUINE, False),
        (Mode.FACE_AND_CODE, FaceEvidence(FaceFinding.SEVERAL), GENUINE, False),
        (Mode.FACE_AND_CODE, None, GENUINE, False),
        (Mode.FACE_OR_CODE, UNKNOWN, None, False),
    ],
)
def test_when_the_face_has_had_its_time(
    mode: Mode, face: FaceEvidence | None, code: PassEvidence | None, expected: bool
) -> None:
    assert is_enough(mode, face, code, settled=True) is expected


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.FREE])
@pytest.mark.parametrize("face", [None, UNKNOWN, MATCHED])
def test_a_bad_pass_is_decided_on_at_once_whatever_the_face(mode: Mode, face: FaceEvidence | None) -> None:
    assert is_enough(mode, face, FORGED)


@pytest.mark.parametrize(
    ("masked", "expected"),
    [(MaskedFace.THRESHOLD, True), (MaskedFace.CODE, False), (MaskedFace.REFUSE, False)],
)
def test_a_covered_face_is_asked_to_uncover_unless_it_may_open_alone(
    masked: MaskedFace, expected: bool
) -> None:
    covered = replace(MATCHED, covered=MASK)
    assert is_enough(Mode.FACE, covered, None, rule=FaceRule(masked=masked, liveness=NOT_ASKED)) is expected


@pytest.mark.parametrize("mode", [Mode.FACE, Mode.FACE_OR_CODE])
def test_a_match_waits_for_its_liveness(mode: Mode) -> None:
    assert not is_enough(mode, MATCHED, None, rule=LIVE)
    assert is_enough(mode, MEASURED, None, rule=LIVE)


def test_a_confirmed_face_waits_for_its_liveness_too() -> None:
    measured = replace(CONFIRMED, liveness=0.9, liveness_frames=3)
    assert not is_enough(Mode.FACE_AND_CODE, CONFIRMED, GENUINE, rule=LIVE, settled=True)
    assert is_enough(Mode.FACE_AND_CODE, measured, GENUINE, rule=LIVE)


@pytest.mark.parametrize(
    ("covers", "expected"),
    [
        ([], None),
        ([None], None),
        ([MASK], MASK),
        ([MASK, None], MASK),
        ([MASK, None, None], None),  # a hand that passes
        ([MASK, OTHER, MASK, None], MASK),
        ([MASK, OTHER, None, None, None], None),
    ],
)
def test_what_lay_over_it_in_at_least_half_of_the_looks(
    covers: list[Cover | None], expected: Cover | None
) -> None:
    assert mostly(covers) is expected


PATIENCE = Patience(evidence_within=1.0, give_up_after=8.0)


@pytest.mark.parametrize(
    ("face", "code", "scanned", "seconds"),
    [
        (None, POSTER, True, 1.0),
        (None, PassEvidence(PassVerdict.TOO_LONG), True, 1.0),
        (None, POSTER, False, 8.0),  # the camera sees it: perhaps nobody shows it
        (UNKNOWN, POSTER, True, 8.0),  # the face may yet be known
        (None, PassEvidence(PassVerdict.INCOMPLETE), True, 8.0),  # the other part is on its way
        (None, GENUINE, True, 8.0),  # a face is asked for besides
        (None, None, False, 8.0),
    ],
)
def test_what_is_no_pass_before_a_scanner_is_answered_soon(
    face: FaceEvidence | None, code: PassEvidence | None, scanned: bool, seconds: float
) -> None:
    shown = Shown(texts=frozenset() if code is None else frozenset({"text"}))
    encounter = Encounter("desk", face, code, 0.0, 0.0, shown=shown)
    texts = frozenset({"text"}) if scanned else frozenset[str]()
    assert waits_for(encounter, texts, PATIENCE) == seconds
