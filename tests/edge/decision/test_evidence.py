"""Evidence that would grant names a subject: anything else is refused where it is made."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from edge.decision import FaceEvidence, FaceFinding, FaceProblem, PassEvidence, PassVerdict
from edge.decision.certificates import Days, Hours, Seconds


@pytest.mark.parametrize("nobody", [None, ""])
def test_what_would_grant_names_a_subject(nobody: str | None) -> None:
    with pytest.raises(ValueError, match="a genuine code needs a subject"):
        PassEvidence(PassVerdict.GENUINE, subject_id=nobody)
    with pytest.raises(ValueError, match="a matched face needs a subject"):
        FaceEvidence(FaceFinding.MATCHED, nobody)


def test_nor_can_it_come_to_be_by_a_change_or_out_of_a_journal() -> None:
    with pytest.raises(ValueError, match="a genuine code needs a subject"):
        replace(PassEvidence(PassVerdict.FORGED), verdict=PassVerdict.GENUINE)
    with pytest.raises(ValueError, match="a matched face needs a subject"):
        replace(FaceEvidence(FaceFinding.UNKNOWN), finding=FaceFinding.MATCHED)
    for table, kind in (({"verdict": "genuine"}, PassEvidence), ({"finding": "matched"}, FaceEvidence)):
        with pytest.raises(msgspec.ValidationError, match="needs a subject"):
            msgspec.convert(table, kind)


def test_every_other_finding_and_verdict_may_name_nobody() -> None:
    for verdict in set(PassVerdict) - {PassVerdict.GENUINE}:
        assert PassEvidence(verdict).subject_id is None
    for finding in set(FaceFinding) - {FaceFinding.MATCHED, FaceFinding.UNUSABLE}:
        assert FaceEvidence(finding).subject_id is None
    for problem in FaceProblem:
        assert FaceEvidence(FaceFinding.UNUSABLE, problem=problem).subject_id is None


@pytest.mark.parametrize(
    ("finding", "problem"),
    [
        (FaceFinding.UNUSABLE, None),
        (FaceFinding.UNKNOWN, FaceProblem.BLURRED),
        (FaceFinding.SPOOF, FaceProblem.BLURRED),
    ],
)
def test_a_face_is_unusable_for_a_reason(finding: FaceFinding, problem: FaceProblem | None) -> None:
    with pytest.raises(ValueError, match="unusable if, and only if"):
        FaceEvidence(finding, problem=problem)


@pytest.mark.parametrize(("kind", "most"), [(Days, 36_500), (Hours, 87_600), (Seconds, 315_360_000)])
def test_a_rules_time_is_from_none_to_what_a_calendar_has(kind: object, most: int) -> None:
    for good in (0, most):
        assert msgspec.convert(good, kind) == good
    for bad in (-1, most + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, kind)
