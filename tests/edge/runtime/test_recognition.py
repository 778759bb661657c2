"""Whose face it is: fused over frames, above what the calibration asks, ahead of the runner-up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.calibration.format import Calibration, CurvePoint
from edge.decision import (
    ClockTrust,
    Cover,
    FaceFinding,
    FaceRule,
    PassEvidence,
    PassUse,
    PassVerdict,
    Policy,
    WallTime,
)
from edge.encounter import Look, Template
from edge.registry.format import Registry, Root
from edge.registry.gallery.gallery import gallery_of
from edge.runtime.recognition import Holdings, RegistryRecogniser, fused

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# 1:1 needs 0.3 at one in a thousand, 1:N among three templates 0.35.
CALIBRATION = Calibration(
    "engine",
    date(2026, 1, 1),
    "nowhere",
    100,
    200,
    1e-5,
    (
        CurvePoint(1e-3, 0.3, 0.3, 0.3),
        CurvePoint(1e-3 / 3, 0.35, 0.35, 0.35),
        CurvePoint(1e-9, 0.9, 0.9, 0.9),
    ),
)
AXES = np.eye(8, dtype=np.float32)
ANN, BOB, TWIN, STRANGER = AXES[0], AXES[1], AXES[2], AXES[3]


def recogniser(calibration: Calibration | None = CALIBRATION) -> RegistryRecogniser:
    expires = NOW + timedelta(days=9)
    registry = Registry("here", 1, NOW, expires, Root(1, expires, 1, (), (), ()), b"", b"", b"", Policy())
    gallery = gallery_of({"ann": [ANN], "bob": [BOB], "twin": [unit(ANN + 0.2 * TWIN)]})
    holdings = Holdings(registry, gallery, calibration=calibration)
    return RegistryRecogniser(
        lambda: holdings, lambda: WallTime(NOW, ClockTrust.TRUSTED), lambda _, __: PassUse.UNUSED
    )


def unit(vector: np.ndarray) -> Template:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def bobs(similarity: float) -> Template:
    return unit(similarity * BOB + np.sqrt(1 - similarity**2) * STRANGER)


@pytest.mark.parametrize(
    ("looks", "frames", "finding", "why"),
    [
        ([0.9, 0.9], 2, FaceFinding.MATCHED, "two frames that agree"),
        ([0.36, 0.36], 2, FaceFinding.MATCHED, "just above what is needed among so many"),
        ([0.34, 0.34], 2, FaceFinding.UNKNOWN, "just below it"),
        ([0.9], 1, FaceFinding.MATCHED, "a picture that stands alone"),
        ([0.9], 2, FaceFinding.UNKNOWN, "one frame is no two"),
    ],
)
def test_a_match_needs_the_score_of_so_many(
    looks: list[float], frames: int, finding: FaceFinding, why: str
) -> None:
    del why
    evidence = recogniser().recognise(tuple(Look(bobs(score)) for score in looks), FaceRule(), frames)
    assert evidence.finding is finding
    assert evidence.threshold == pytest.approx(0.35)


def test_a_twin_close_behind_makes_a_match_ambiguous() -> None:
    evidence = recogniser().recognise((Look(ANN), Look(ANN)), FaceRule(), 2)
    assert (evidence.finding, evidence.subject_id) == (FaceFinding.AMBIGUOUS, None)


def test_frames_that_name_different_people_do_not_agree() -> None:
    looks = (Look(unit(BOB + 0.3 * STRANGER)), Look(unit(BOB + 1.2 * ANN)))
    evidence = recogniser().recognise(looks, FaceRule(margin=0.0), 2)
    assert evidence.finding is FaceFinding.UNKNOWN


def test_an_engine_that_was_never_measured_matches_nobody() -> None:
    bob = (Look(BOB), Look(BOB))
    evidence = recogniser(calibration=None).recognise(bob, FaceRule(), 2)
    assert evidence.finding is FaceFinding.UNKNOWN
    code = PassEvidence(PassVerdict.GENUINE, subject_id="bob")
    assert recogniser(calibration=None).confirm(bob, code) is None


def test_one_to_one_asks_less_than_one_to_many_and_says_how_much() -> None:
    code = PassEvidence(PassVerdict.GENUINE, subject_id="bob")
    confirmation = recogniser().confirm((Look(bobs(0.32)),), code)
    assert confirmation is not None
    assert confirmation.threshold == pytest.approx(0.3)
    assert confirmation.score == pytest.approx(0.32, abs=1e-5)
    assert recogniser().confirm((Look(BOB),), PassEvidence(PassVerdict.GENUINE, subject_id="eve")) is None


def measured_under_masks(confirm: float, identify: float) -> tuple[CurvePoint, ...]:
    shares = (1e-3, confirm), (1e-3 / 3, identify), (1e-9, 0.9)
    return tuple(CurvePoint(share, score, score, score) for share, score in shares)


STRICTER, MILDER, NOT_MEASURED = measured_under_masks(0.5, 0.55), measured_under_masks(0.2, 0.25), ()


@pytest.mark.parametrize(
    ("under_masks", "cover", "like", "told", "identify", "confirm"),
    [
        # As like as an uncovered face has to be (0.35 among these, 0.3 with a pass): it is not covered.
        (STRICTER, Cover.MASK, 0.4, None, 0.35, 0.3),
        (MILDER, Cover.SUNGLASSES, 0.4, None, 0.35, 0.3),
        (NOT_MEASURED, Cover.MASK, 0.4, None, 0.35, 0.3),
        # Below that the cover is told, and what was measured of covered faces counts.
        (MILDER, Cover.MASK, 0.27, Cover.MASK, 0.25, 0.2),
        (STRICTER, Cover.MASK, 0.27, Cover.MASK, 0.55, 0.5),
        (NOT_MEASURED, Cover.MASK, 0.27, Cover.MASK, 0.35, 0.3),
        # Where no cover is seen there is none.
        (MILDER, None, 0.27, None, 0.35, 0.3),
    ],
)
def test_a_cover_is_told_only_of_a_face_that_is_less_like_anybody_than_an_uncovered_one(
    under_masks: tuple[CurvePoint, ...],
    cover: Cover | None,
    like: float,
    told: Cover | None,
    identify: float,
    confirm: float,
) -> None:
    asked, looks = recogniser(replace(CALIBRATION, covered=under_masks)), (Look(bobs(like)),) * 2
    evidence = asked.recognise(looks, FaceRule(), 2, cover)
    assert evidence.covered is told
    assert evidence.threshold == pytest.approx(identify)
    assert (evidence.finding is FaceFinding.MATCHED) == (like >= identify)
    confirmation = asked.confirm(looks, PassEvidence(PassVerdict.GENUINE, subject_id="bob"), cover)
    assert confirmation is not None
    assert confirmation.covered is told
    assert confirmation.threshold == pytest.approx(confirm)


def test_a_better_look_counts_for_more() -> None:
    good, poor = Look(bobs(0.9), quality=0.9), Look(STRANGER, quality=0.1)
    assert float(fused((good, poor)) @ BOB) > float(fused((Look(bobs(0.9)), Look(STRANGER))) @ BOB)


@given(st.lists(st.tuples(st.integers(0, 7), st.floats(0.0, 1.0)), min_size=1, max_size=9))
def test_what_is_fused_is_no_more_like_anybody_than_its_best_look(drawn: list[tuple[int, float]]) -> None:
    vector = fused(tuple(Look(AXES[axis], quality) for axis, quality in drawn))
    for axis in AXES:
        single = [float(AXES[place] @ axis) for place, _ in drawn]
        assert min(single) - 1e-5 <= float(vector @ axis) <= max(single) + 1e-5
