"""How frames become encounters: told as a strip of frames and what comes out at which."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import (
    Cover,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    FaceRule,
    LivenessMode,
    LivenessRule,
    MaskedFace,
    Mode,
    PassEvidence,
    PassKind,
    PassVerdict,
)
from edge.encounter import Confirmation, Encounter, EncounterTracker, Look, Patience
from edge.encounter.choosing import INCONCLUSIVE
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting

NOT_ASKED = LivenessRule(mode=LivenessMode.OFF)
"""These strips are about who stands there; tests/edge/liveness has those of being alive."""
RULE = FaceRule(frames=2, liveness=NOT_ASKED)
PATIENCE = Patience(evidence_within=1.0, give_up_after=8.0, gone_after=2.0, ask_again_after=10.0)


@dataclass(frozen=True)
class TwoResidents:
    """A registry of two: the unit vectors e0 and e1 are the faces of "ann" and "bob"; codes name them."""

    twins: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()

    def read_code(self, text: str, length: int) -> PassEvidence:
        if length > 1000:
            return PassEvidence(PassVerdict.TOO_LONG)
        name, _, kind = text.partition("/")
        if name not in {"ann", "bob"}:
            return PassEvidence(PassVerdict.NOT_A_PASS)
        verdict = PassVerdict(kind.partition("#")[0] or "genuine")
        return PassEvidence(verdict, kind=PassKind.RESIDENT, pass_id=text, subject_id=name)

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        if len(texts) < 2:
            return PassEvidence(PassVerdict.INCOMPLETE)
        return self.read_code(texts[0].partition("/")[0], 3)

    def recognise(
        self, looks: tuple[Look, ...], rule: FaceRule, frames: int, covered: Cover | None
    ) -> FaceEvidence:
        assert rule.frames == RULE.frames
        mean = np.mean([look.template for look in looks], axis=0)
        best = int(np.argmax(mean))
        if best > 1 or len(looks) < frames:
            return FaceEvidence(FaceFinding.UNKNOWN, frames=len(looks), covered=covered)
        return FaceEvidence(
            FaceFinding.MATCHED,
            ("ann", "bob")[best],
            score=float(mean[best]),
            frames=len(looks),
            covered=covered,
        )

    def confirm(
        self, looks: tuple[Look, ...], code: PassEvidence, covered: Cover | None
    ) -> Confirmation | None:
        mean = np.mean([look.template for look in looks], axis=0)
        return Confirmation(float(mean[("ann", "bob").index(str(code.subject_id))]), 0.4, covered)

    def same_face(self, one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
        return bool(one and other) and float(one[0].template @ other[0].template) > 0.5

    def needs_both(self, subject_id: str) -> bool:
        return subject_id in self.twins

    def in_doubt(self, face: FaceEvidence) -> bool:
        return face.subject_id in self.doubted


def face(
    who: int | None = None, *, track: int = 1, width: float = 100, problem: FaceProblem | None = None
) -> FaceSighting:
    template = b"" if who is None else np.eye(4, dtype="<f4")[who].tobytes()
    return FaceSighting(
        track, Box(320 - width / 2, 10, width, width), 0.9, template=template, problem=problem
    )


def frames(
    *strip: tuple[float, tuple[FaceSighting, ...], tuple[str, ...]],
) -> list[Sighting]:
    return [
        Sighting(
            frame=number,
            captured=100.0 + at,
            input="camera",
            width=640,
            height=480,
            faces=faces,
            codes=tuple(CodeSighting(text, len(text)) for text in codes),
        )
        for number, (at, faces, codes) in enumerate(strip, start=1)
    ]


def final(
    strip: list[Sighting], mode: Mode, twins: tuple[str, ...] = (), doubted: tuple[str, ...] = ()
) -> list[Encounter]:
    tracker = EncounterTracker(TwoResidents(twins, doubted), PATIENCE)
    seen = [tracker.handle(sighting, mode, RULE) for sighting in strip]
    return [encounter for encounter in seen if encounter is not None and encounter.final]


def every(step: float, until: float, *faces: FaceSighting, codes: tuple[str, ...] = ()) -> list[Sighting]:
    count = int(until / step) + 1
    return frames(*((index * step, faces, codes) for index in range(count)))


def test_a_face_is_decided_on_once_two_frames_agree() -> None:
    [encounter] = final(every(0.1, 5.0, face(0)), Mode.FACE_OR_CODE)
    assert encounter.face is not None
    assert (encounter.face.subject_id, encounter.face.frames) == ("ann", 2)
    assert encounter.ready - encounter.began == pytest.approx(0.1)


@pytest.mark.parametrize("first", ["face", "code"])
def test_who_needs_face_and_code_is_waited_for_with_either_in_hand(first: str) -> None:
    early = ((face(0),), ()) if first == "face" else ((), ("ann",))
    strip = [(0.2 * place, *early) for place in range(10)]
    strip += [(2.0 + 0.2 * place, (face(0),), ("ann",)) for place in range(5)]
    [alone, *_] = final(frames(*strip), Mode.FACE_OR_CODE)
    [both] = final(frames(*strip), Mode.FACE_OR_CODE, twins=("ann",))
    assert alone.ready < 101.0
    assert both.ready >= 102.0
    assert both.code is not None
    assert both.face is not None
    assert both.face.confirms


@pytest.mark.parametrize("first", ["face", "code"])
def test_a_face_in_doubt_is_waited_for_with_a_code_and_a_code_alone_is_not(first: str) -> None:
    early = ((face(0),), ()) if first == "face" else ((), ("ann",))
    strip = [(0.2 * place, *early) for place in range(10)]
    strip += [(2.0 + 0.2 * place, (face(0),), ("ann",)) for place in range(5)]
    [found, *_] = final(frames(*strip), Mode.FACE_OR_CODE, doubted=("ann",))
    assert found.code is not None
    assert (found.ready >= 102.0) is (first == "face")


def test_a_covered_face_is_asked_to_be_uncovered_and_decided_on_when_it_is() -> None:
    masked, bare = msgspec.structs.replace(face(0), covered=Cover.MASK), face(0)
    strip = [masked, bare, *[masked] * 8, *[bare] * 5]  # the mask slips for one frame, and is lowered later
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    sightings = frames(*((0.2 * place, (one,), ()) for place, one in enumerate(strip)))
    heard = [tracker.handle(sighting, Mode.FACE_OR_CODE, RULE) for sighting in sightings]
    told = [(said.final, said.face and said.face.covered) for said in heard if said is not None]
    *asked, decided = told
    assert set(asked) == {(False, Cover.MASK)}
    assert decided == (True, None)


def test_a_covered_face_is_decided_on_at_once_where_the_policy_lets_it_open() -> None:
    masked = msgspec.structs.replace(face(0), covered=Cover.MASK)
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    rule = FaceRule(frames=2, masked=MaskedFace.THRESHOLD, liveness=NOT_ASKED)
    heard = [tracker.handle(sighting, Mode.FACE_OR_CODE, rule) for sighting in every(0.1, 1.0, masked)]
    [told] = [encounter for encounter in heard if encounter is not None]
    assert told.final
    assert told.ready == pytest.approx(100.1)


def test_a_code_is_decided_on_in_its_first_frame_and_not_again_while_it_is_shown() -> None:
    [encounter] = final(every(0.1, 20.0, codes=("ann",)), Mode.FACE_OR_CODE)
    assert encounter.began == encounter.ready


def test_a_code_that_comes_back_after_a_while_is_a_new_encounter() -> None:
    strip = frames((0, (), ("ann",)), (1.9, (), ("ann",)), (3.0, (), ()), (4.0, (), ("ann",)))
    assert len(final(strip, Mode.CODE)) == 2


@pytest.mark.parametrize("verdict", [item for item in PassVerdict if item is not PassVerdict.GENUINE])
def test_a_bad_pass_is_told_at_once_and_what_is_no_pass_only_when_nothing_better_comes(
    verdict: PassVerdict,
) -> None:
    text = "elsewhere" if verdict is PassVerdict.NOT_A_PASS else f"ann/{verdict}"
    [encounter] = final(every(0.5, 9.0, codes=(text,)), Mode.FACE_OR_CODE)
    waits = verdict in INCONCLUSIVE | {PassVerdict.SEVERAL}
    assert encounter.ready - encounter.began == (PATIENCE.give_up_after if waits else 0.0)


def test_a_code_in_two_parts_is_asked_for_its_second() -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    first, second = ("ann/incomplete",), ("ann/incomplete#2",)
    strip = frames((0.0, (), first), (0.5, (), first), (1.0, (), first), (3.0, (), second))
    told = [tracker.handle(sighting, Mode.CODE, RULE) for sighting in strip]
    assert told[:2] == [None, None]
    asked, encounter = told[2], told[3]
    assert asked is not None
    assert asked.code is not None
    assert (asked.final, asked.code.verdict) == (False, PassVerdict.INCOMPLETE)
    assert encounter is not None
    assert encounter.code is not None
    assert (encounter.final, encounter.code.subject_id) == (True, "ann")


def test_an_unknown_face_may_be_asked_for_a_code_from_the_first_second_on_until_it_is_refused() -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    told = [tracker.handle(sighting, Mode.FACE_OR_CODE, RULE) for sighting in every(0.5, 9.0, face(3))]
    kinds = [(index * 0.5, item.final) for index, item in enumerate(told) if item is not None]
    assert kinds == [*((0.5 * place, False) for place in range(2, 16)), (8.0, True)]


def test_an_unknown_face_that_shows_its_code_is_let_through_by_it() -> None:
    strip = frames((0.0, (face(3),), ()), (0.5, (face(3),), ()), (3.0, (face(3),), ("ann",)))
    [encounter] = final(strip, Mode.FACE_OR_CODE)
    assert encounter.code is not None
    assert encounter.code.subject_id == "ann"


def test_anyone_who_passes_by_without_stopping_is_no_encounter() -> None:
    assert final(every(0.5, 3.0, face(3)), Mode.FACE_OR_CODE) == []


def test_face_and_code_waits_for_both() -> None:
    strip = frames(
        (0.0, (face(0),), ()), (0.1, (face(0),), ()), (4.0, (face(0),), ()), (5.0, (face(0),), ("ann",))
    )
    [encounter] = final(strip, Mode.FACE_AND_CODE)
    assert encounter.face is not None
    assert encounter.face.pass_score == 1.0


def test_face_and_code_with_the_wrong_face_is_told_once_the_face_has_had_its_time() -> None:
    [encounter] = final(every(0.25, 3.0, face(1), codes=("ann",)), Mode.FACE_AND_CODE)
    assert encounter.face is not None
    assert encounter.face.pass_score == 0.0
    assert encounter.ready - encounter.began == PATIENCE.evidence_within


def test_face_and_code_are_not_content_with_one_frame_of_the_face() -> None:
    """One look and then none: it is asked for the face, and refused for want of it, not for a mismatch."""
    strip = every(0.25, 9.0, face(), codes=("ann",))
    strip[0] = frames((0.0, (face(0),), ("ann",)))[0]
    [encounter] = final(strip, Mode.FACE_AND_CODE)
    assert encounter.face is not None
    assert encounter.face.pass_score == 1.0
    assert not encounter.face.confirms
    assert encounter.ready - encounter.began == PATIENCE.give_up_after


def test_passes_of_two_people_at_once_are_nobodys() -> None:
    [encounter] = final(every(0.1, 9.0, codes=("ann", "bob")), Mode.CODE)
    assert encounter.code == PassEvidence(PassVerdict.SEVERAL)


def test_two_faces_side_by_side_are_told_apart_from_one_behind_the_other() -> None:
    beside = final(every(0.5, 9.0, face(0), face(1, track=2, width=90)), Mode.FACE_OR_CODE)
    behind = final(every(0.5, 9.0, face(0), face(1, track=2, width=60)), Mode.FACE_OR_CODE)
    assert [item.face.finding for item in beside if item.face] == [FaceFinding.SEVERAL]
    assert [item.face.subject_id for item in behind if item.face] == ["ann"]


def test_the_next_person_is_a_new_encounter() -> None:
    strip = every(0.1, 1.0, face(0)) + frames((1.1, (face(1, track=2),), ()), (1.2, (face(1, track=2),), ()))
    assert [item.face.subject_id for item in final(strip, Mode.FACE) if item.face] == ["ann", "bob"]


def test_a_lost_track_of_the_same_person_is_not_a_second_passage() -> None:
    strip = every(0.1, 1.0, face(0)) + frames((1.1, (face(0, track=2),), ()), (1.2, (face(0, track=2),), ()))
    assert len(final(strip, Mode.FACE)) == 1


def test_anyone_who_was_let_through_by_face_is_not_let_through_again_by_the_code_in_their_hand() -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    for sighting in every(0.1, 0.5, face(0)):
        encounter = tracker.handle(sighting, Mode.FACE_OR_CODE, RULE)
        if encounter is not None:
            tracker.admitted(encounter, "ann", "1")
    late = frames((0.6, (face(0),), ("ann",)))[0]
    assert tracker.handle(late, Mode.FACE_OR_CODE, RULE) is None


@pytest.mark.parametrize("problem", list(FaceProblem))
def test_a_picture_that_stands_alone_concludes_with_what_it_shows(problem: FaceProblem) -> None:
    tracker = EncounterTracker(TwoResidents(), Patience(), frames=1)
    [still] = frames((0.0, (face(problem=problem),), ()))
    assert tracker.handle(still, Mode.FACE_OR_CODE, RULE) is None
    encounter = tracker.finish(RULE)
    assert encounter is not None
    assert encounter.face is not None
    assert encounter.face.problem is problem


_strips = st.lists(
    st.tuples(
        st.floats(0.02, 3.0),
        st.lists(st.builds(face, st.sampled_from([None, 0, 1, 3]), track=st.integers(1, 3)), max_size=2),
        st.lists(st.sampled_from(["ann", "bob", "ann/expired", "poster"]), max_size=2, unique=True),
    ),
    max_size=40,
)


@given(_strips, st.sampled_from(Mode))
def test_no_strip_of_frames_tells_the_same_code_twice_while_it_is_in_view(
    strip: list[tuple[float, list[FaceSighting], list[str]]], mode: Mode
) -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    at = 0.0
    last_shown: dict[str, float] = {}
    may_be_told: set[str] = set()
    for gap, faces, codes in strip:
        at += gap
        [sighting] = frames((at, tuple(faces), tuple(codes)))
        gone_after = PATIENCE.gone_after
        may_be_told |= {code for code in codes if at - last_shown.get(code, float("-inf")) > gone_after}
        encounter = tracker.handle(sighting, mode, RULE)
        code = encounter.code if encounter is not None and encounter.final else None
        if code is not None and code.pass_id is not None:
            assert code.pass_id in may_be_told
            may_be_told.remove(code.pass_id)
        last_shown.update(dict.fromkeys(codes, at))
