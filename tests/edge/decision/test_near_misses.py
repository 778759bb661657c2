"""When a face was nearly enough, and when that says something of the template."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import (
    Cover,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    PassEvidence,
    PassVerdict,
    near_miss,
)

GENUINE = PassEvidence(PassVerdict.GENUINE, subject_id="li-na")
FACE = FaceEvidence(
    FaceFinding.UNKNOWN, score=0.5, threshold=0.55, pass_score=0.5, pass_threshold=0.35, frames=3
)


@pytest.mark.parametrize(
    ("face", "code", "who"),
    [
        # The search missed the holder of the code by a little; 1:1 would have confirmed them.
        (FACE, GENUINE, "li-na"),
        # 1:1 itself missed by a little.
        (replace(FACE, pass_score=0.33), GENUINE, "li-na"),
        # Far off: somebody else, not an old template.
        (replace(FACE, pass_score=0.1), GENUINE, None),
        # Far below the search's threshold, well above 1:1's: it happens, and says little.
        (replace(FACE, pass_score=0.42), GENUINE, None),
        # Recognised: nothing was missed.
        (replace(FACE, finding=FaceFinding.MATCHED, subject_id="li-na", pass_score=0.54), GENUINE, None),
        # Nobody says who it is.
        (FACE, None, None),
        (FACE, PassEvidence(PassVerdict.EXPIRED, subject_id="li-na"), None),
        (None, GENUINE, None),
        # The picture was poor, or the face covered: that says nothing of the template.
        (replace(FACE, finding=FaceFinding.UNUSABLE, problem=FaceProblem.TOO_DARK), GENUINE, None),
        (replace(FACE, covered=Cover.MASK), GENUINE, None),
        (replace(FACE, pass_score=None, pass_threshold=None), GENUINE, None),
    ],
)
def test_a_near_miss_is_the_holder_of_a_genuine_code_just_below_what_was_needed(
    face: FaceEvidence | None, code: PassEvidence | None, who: str | None
) -> None:
    assert near_miss(Evidence(Direction.ENTRY, face=face, code=code)) == who
