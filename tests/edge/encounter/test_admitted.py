"""Whose a face or a pass in view is, of all who were admitted, and whether it admits again."""

from __future__ import annotations

import numpy as np
import pytest

from edge.decision import FaceEvidence, FaceFinding, PassEvidence, PassKind, PassVerdict
from edge.encounter import Encounter, GrantOutcome, Look
from edge.encounter.admitted import AdmittedHere
from edge.encounter.presence import Pace
from edge.encounter.values import Shown

PACE = Pace(gone_after=2.0, walk_on=10.0)
ANN_S = (Look(np.array([1.0, 0.0], np.float32)),)
BOB_S = (Look(np.array([0.0, 1.0], np.float32)),)
ANN, BOB = (FaceEvidence(FaceFinding.MATCHED, name) for name in ("ann", "bob"))
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
PASS = frozenset({"pass"})
ANN_PASS = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="pass", subject_id="ann")
BOB_PASS = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="bobs", subject_id="bob")
POSTER = PassEvidence(PassVerdict.NOT_A_PASS)


def alike(one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
    return bool(one and other and np.dot(one[0].template, other[0].template) > 0.5)


def encounter(
    face: FaceEvidence | None, code: PassEvidence | None = None, track: int | None = 1, *names: str
) -> Encounter:
    return Encounter("", face, code, 0.0, 0.0, shown=Shown(track, frozenset(names)))


def here(face: FaceEvidence | None = ANN, code: PassEvidence | None = None, *names: str) -> AdmittedHere:
    """Ann was admitted at 0.0 by decision 7, in track 1."""
    made = AdmittedHere(PACE, alike)
    made.add(encounter(face, code, 1, *names), ANN_S, "ann", "7", 0.0)
    return made


@pytest.mark.parametrize(
    ("then", "looks", "held_back"),
    [
        (encounter(ANN), ANN_S, True),
        (encounter(ANN, None, 2), BOB_S, True),  # the registry's word: in another track it is Ann
        (encounter(BOB, None, 2), BOB_S, False),
        (encounter(BOB, None, 1), ANN_S, False),  # the registry says that it is another
        (encounter(UNKNOWN, None, 1), (), True),  # her track
        (encounter(UNKNOWN, None, 2), ANN_S, True),  # her looks
        (encounter(UNKNOWN, None, 2), BOB_S, False),
        (encounter(None, ANN_PASS, None, "pass"), (), True),
        (encounter(ANN, BOB_PASS, 1, "bobs"), ANN_S, False),  # Bob's pass, whoever stands there
        (encounter(ANN, POSTER, 1, "poster"), ANN_S, True),  # a poster says nothing
        (encounter(None, POSTER, None, "poster"), (), False),
    ],
)
def test_whose_it_is(then: Encounter, looks: tuple[Look, ...], held_back: bool) -> None:
    assert here(ANN, ANN_PASS, "pass").holds_back(then, looks, 1.0, free=False) is held_back


@pytest.mark.parametrize(
    ("answer", "now", "then", "held_back"),
    [
        (None, 1.0, encounter(ANN, ANN_PASS, 1, "pass"), True),  # the gate stands open for her already
        (GrantOutcome.UNUSED, 1.0, encounter(ANN), True),  # she has done nothing new
        (GrantOutcome.UNUSED, 1.0, encounter(ANN, ANN_PASS, 1, "pass"), False),  # a pass is a new act
        (GrantOutcome.PASSED, 9.9, encounter(ANN, ANN_PASS, 1, "pass"), True),  # she may be walking on
        (GrantOutcome.PASSED, 10.1, encounter(ANN, ANN_PASS, 1, "pass"), False),
    ],
)
def test_a_new_act_admits_again_once_the_grant_has_ended(
    answer: GrantOutcome | None, now: float, then: Encounter, held_back: bool
) -> None:
    made = here()
    if answer is not None:
        made.answered("7", answer, 0.0)
    assert made.holds_back(then, ANN_S, now, free=False) is held_back


def test_an_answer_is_the_oldest_unanswered_grants_of_its_reference() -> None:
    made = here()
    made.add(encounter(BOB, None, 2), BOB_S, "bob", "7", 0.0)
    made.answered("8", GrantOutcome.UNUSED, 0.0)
    made.answered("7", GrantOutcome.UNUSED, 0.0)
    made.see(frozenset({1, 2}), frozenset(), 0.1)
    assert made.stuck(0.1, 5.0) == (), "the gate stands open for Bob yet"
    made.answered("7", GrantOutcome.UNUSED, 0.1)
    assert [presence.subject_id for presence in made.stuck(0.1, 5.0)] == ["ann", "bob"]


def test_who_is_stuck_is_told_at_once_and_then_now_and_then() -> None:
    made = here()
    made.answered("7", GrantOutcome.UNUSED, 0.0)
    told = []
    for number in range(1, 120):
        made.see(frozenset({1}), frozenset(), number / 10.0)
        told += [number / 10.0 for _ in made.stuck(number / 10.0, 5.0)]
    assert told == pytest.approx([0.1, 5.1, 10.1])


@pytest.mark.parametrize(
    ("but", "tracks"), [(frozenset(), {1}), (frozenset({"bob"}), {1}), (frozenset({"ann"}), set())]
)
def test_the_tracks_of_those_who_are_here(but: frozenset[str | None], tracks: set[int]) -> None:
    assert here().tracks(but) == tracks


def test_a_pass_left_in_view_is_theirs_when_their_face_comes_back() -> None:
    made = here(ANN, ANN_PASS, "pass")
    assert made.passes == PASS
    assert made.passes_of_returned("ann") == frozenset(), "her face is in view"
    for number in range(1, 30):
        made.see(frozenset(), PASS, number / 10.0)
    assert made.passes_of_returned("ann") == PASS
    assert made.passes_of_returned("bob") == made.passes_of_returned(None) == frozenset()


def test_whom_the_lane_refused_counts_as_new_after_a_while() -> None:
    made = here(ANN, ANN_PASS, "pass")
    made.answered("7", GrantOutcome.REFUSED, 0.0)
    assert made.see(frozenset({1}), PASS, 9.9) == frozenset()
    assert made.see(frozenset({1}), PASS, 10.0) == PASS
    assert made.passes == frozenset()


def test_at_a_free_gate_a_presence_has_no_name_and_is_known_by_face_and_pass() -> None:
    made = AdmittedHere(PACE, alike)
    made.add(encounter(UNKNOWN, BOB_PASS, 1, "bobs"), ANN_S, None, "7", 0.0)
    for then, looks in ((encounter(UNKNOWN, None, 2), ANN_S), (encounter(None, None, None, "bobs"), ())):
        assert made.holds_back(then, looks, 1.0, free=True)


def test_when_the_input_has_ended_nobody_is_here() -> None:
    made = here(ANN, ANN_PASS, "pass")
    made.clear()
    assert (made.passes, made.tracks(frozenset())) == (frozenset(), frozenset())
    assert not made.holds_back(encounter(ANN), ANN_S, 1.0, free=False)


def test_who_is_admitted_again_is_here_once() -> None:
    made = here()
    made.answered("7", GrantOutcome.UNUSED, 0.0)
    made.add(encounter(ANN, ANN_PASS, 1, "pass"), ANN_S, "ann", "8", 1.0)
    made.answered("8", GrantOutcome.UNUSED, 1.0)
    made.see(frozenset({1}), PASS, 1.1)
    assert [presence.reference for presence in made.stuck(1.1, 5.0)] == ["8"]
