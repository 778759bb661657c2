"""Codes from scanners among frames: in any order nobody is made up, and who scans again is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decision import Mode
from edge.encounter import Encounter, EncounterTracker, GrantOutcome
from edge.scanners.core import CodeScanned
from edge.vision.reports import CodeSighting, FaceSighting, Sighting
from tests.edge.encounter.test_tracker import PATIENCE, RULE, TwoResidents, face
from tests.examples import tried

GONE = PATIENCE.gone_after
STEP = 0.25


class Desk:
    """A tracker with a scanner, and the time at it."""

    def __init__(self, mode: Mode) -> None:
        self.tracker = EncounterTracker(TwoResidents(), PATIENCE)
        self.mode, self.now, self._frame, self._grants = mode, 100.0, 0, 0

    def scan(self, text: str) -> Encounter | None:
        return self.tracker.scan(CodeScanned("desk", text, len(text), self.now), self.mode, RULE)

    def see(self, faces: tuple[FaceSighting, ...] = (), codes: tuple[str, ...] = ()) -> Encounter | None:
        self._frame += 1
        seen = tuple(CodeSighting(text, len(text)) for text in codes)
        sighting = Sighting(self._frame, self.now, "camera", 640, 480, faces, seen)
        return self.tracker.handle(sighting, self.mode, RULE)

    def wait(self, seconds: float) -> Iterator[Encounter]:
        """Time passes as the main loop lets it, where no frame comes."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + STEP)
            if self.tracker.waits:
                found = self.tracker.wait(self.now, self.mode, RULE)
                if found is not None:
                    yield found

    def admit(self, encounter: Encounter) -> None:
        """They are let in, and walk through at once."""
        self._grants += 1
        self.tracker.admitted(encounter, "ann", str(self._grants))
        self.tracker.answered(str(self._grants), GrantOutcome.PASSED)


def is_final(encounter: Encounter | None) -> bool:
    return encounter is not None and encounter.final


@given(st.lists(st.floats(0.05, 12.0), min_size=1, max_size=12))
@settings(derandomize=True)
def test_a_pass_counts_again_once_it_was_away_and_not_before(gaps: list[float]) -> None:
    desk, last = Desk(Mode.CODE), float("-inf")
    for gap in gaps:
        assert [found for found in desk.wait(gap) if found.final] == [], "nothing is decided by itself"
        found = desk.scan("ann/genuine")
        if desk.now - last > GONE + 2 * STEP:
            assert found is not None
            assert found.final
            assert found.input == "desk"
            desk.admit(found)
        elif desk.now - last < GONE:
            assert not is_final(found)
        elif found is not None and found.final:
            desk.admit(found)
        last = desk.now


@given(
    st.lists(st.floats(GONE + 2 * STEP, 12.0), min_size=1, max_size=8),
    st.sampled_from(["expired", "revoked"]),
)
@settings(derandomize=True)
def test_a_bad_pass_is_answered_each_time_that_it_comes(gaps: list[float], verdict: str) -> None:
    desk = Desk(Mode.FACE_OR_CODE)
    for gap in gaps:
        list(desk.wait(gap))
        found = desk.scan(f"ann/{verdict}")
        assert found is not None
        assert found.final
        desk.tracker.refused(found, ("deny", verdict), again=False)


@pytest.mark.parametrize("when", [0.1, 1.9, 2.1, 5.0, 7.5])
def test_a_face_that_comes_in_time_joins_the_code_that_was_scanned(when: float) -> None:
    desk = Desk(Mode.FACE_AND_CODE)
    assert not is_final(desk.scan("ann/genuine"))
    assert not any(found.final for found in desk.wait(when))
    found = None
    for _ in range(3):
        found = desk.see((face(0),)) or found
        desk.now += 0.1
    assert found is not None
    assert found.final
    assert found.code is not None
    assert found.face is not None
    assert (found.code.subject_id, found.face.subject_id, found.input) == ("ann", "ann", "desk")


def test_who_shows_no_face_is_given_up_on_in_time_and_forgotten() -> None:
    desk = Desk(Mode.FACE_AND_CODE)
    desk.scan("ann/genuine")
    ended = [(desk.now - 100.0, found) for found in desk.wait(60.0) if found.final]
    [(at, found)] = ended
    assert at == pytest.approx(PATIENCE.give_up_after, abs=STEP)
    assert (found.code is not None, found.face) == (True, None)
    assert not desk.tracker.waits, "nobody is there"


FACES = st.lists(st.sampled_from([0, 1, 2]), max_size=2, unique=True).map(
    lambda who: tuple(face(one, track=10 + one) for one in who)
)
TEXTS = st.sampled_from(["ann/genuine", "bob/genuine", "ann/expired", "parcel"])
STEPS = st.tuples(st.just("frame"), FACES, st.lists(TEXTS, max_size=1).map(tuple)) | st.tuples(
    st.sampled_from(["scan", "wait"]), st.just(()), TEXTS.map(lambda text: (text,))
)


@given(
    mode=st.sampled_from([Mode.CODE, Mode.FACE, Mode.FACE_OR_CODE, Mode.FACE_AND_CODE, Mode.FREE]),
    steps=st.lists(st.tuples(st.floats(0.0, 3.0), STEPS), max_size=40),
)
@settings(derandomize=True, max_examples=tried(150))
def test_no_order_of_frames_scans_and_time_makes_anybody_up(
    mode: Mode, steps: list[tuple[float, tuple[str, tuple[FaceSighting, ...], tuple[str, ...]]]]
) -> None:
    desk, codes, faces = Desk(mode), set[str](), set[str]()
    for pause, (what, seen, texts) in steps:
        desk.now += pause
        if what == "frame":
            found = desk.see(seen, texts)
        elif what == "scan":
            found = desk.scan(*texts)
        else:
            found = desk.tracker.wait(desk.now, mode, RULE)
        codes |= set(texts) if what != "wait" else set()
        faces |= {("ann", "bob", "")[one.track - 10] for one in seen}
        if found is None:
            continue
        code, looked = found.code, found.face
        assert code is None or code.pass_id is None or code.pass_id in codes
        assert looked is None or looked.subject_id is None or looked.subject_id in faces
        if found.final and code is not None and code.subject_id == "ann":
            desk.admit(found)
