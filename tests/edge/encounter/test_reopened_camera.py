"""A camera that is opened anew: what people were told goes on for them, and for nobody else.

Told as stories: people stand there, no frames come for a while, and frames come again, with other tracks.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from edge.decision import FaceFinding, FaceProblem, Mode, PassVerdict
from edge.encounter import EncounterTracker
from tests.edge.encounter.test_one_person import ANN, BOB, STRANGER, Gate
from tests.edge.encounter.test_tracker import PATIENCE, TwoResidents, face

OTHER = 2
"""Somebody else whom the registry does not know."""

GAPS = [0.5, PATIENCE.gone_after - 0.1, PATIENCE.gone_after + 0.1, 5.0]
"""Seconds without a frame; with what comes before them, less than `ask_again_after`."""
SETTLED = PATIENCE.give_up_after + 0.5
"""Seconds within which anyone is decided on, known or not."""
ALL_GAPS = [*GAPS, 10.0]


def reopens(gate: Gate, gap: float) -> None:
    """No frames for so long."""
    gate.now += gap - 0.1


def number_after(gap: float) -> int:
    """Of the first track then: a worker that had to be started anew counts from one again."""
    return 1 if gap > PATIENCE.gone_after else 7


def refusing(mode: Mode = Mode.FACE_OR_CODE) -> Gate:
    gate = Gate(mode)
    gate.outcome = lambda _: False
    return gate


@pytest.mark.parametrize("gap", ALL_GAPS)
@pytest.mark.parametrize("who", [ANN, STRANGER])
def test_anyone_who_was_refused_is_refused_again_when_it_is_time_whatever_the_camera_does(
    who: int, gap: float
) -> None:
    gate = refusing()
    gate.show(SETTLED, face(who))
    [first] = gate.final
    reopens(gate, gap)
    gate.show(30.0, face(who, track=7))
    told = [one.ready for one in gate.final]
    assert all(later - earlier >= PATIENCE.ask_again_after - 0.01 for earlier, later in pairwise(told))
    assert told[1] - first.ready < PATIENCE.ask_again_after + PATIENCE.give_up_after + 1.0, "nor much later"


@pytest.mark.parametrize("step", [0.5, 2.5])
def test_a_camera_that_fails_again_and_again_repeats_nothing(step: float) -> None:
    gate = refusing()
    gate.show(SETTLED, face(STRANGER))
    for number in range(3):
        reopens(gate, step)
        gate.show(0.2, face(STRANGER, track=2 + number))
    assert gate.now - gate.final[0].ready < PATIENCE.ask_again_after
    assert len(gate.final) == 1


@pytest.mark.parametrize("gap", ALL_GAPS)
@pytest.mark.parametrize("code", ["ann/expired", "ann/forged", "ann"])
def test_a_pass_that_was_refused_is_refused_again_when_it_is_time(code: str, gap: float) -> None:
    gate = refusing(Mode.CODE)
    gate.show(2.0, codes=[code])
    reopens(gate, gap)
    gate.show(5.0, codes=[code])
    soon = 2.0 + gap + 5.0 < PATIENCE.ask_again_after
    assert len(gate.final) == (1 if soon else 2)


@pytest.mark.parametrize("gap", ALL_GAPS)
@pytest.mark.parametrize("first", [ANN, BOB, STRANGER])
def test_a_stranger_who_came_in_meanwhile_is_told_for_themselves_at_once(first: int, gap: float) -> None:
    gate = refusing()
    gate.show(SETTLED, face(first))
    before = len(gate.final)
    reopens(gate, gap)
    came = gate.now
    gate.show(SETTLED, face(OTHER, track=number_after(gap)))
    second = gate.final[before]
    assert second.face is not None
    assert second.face.finding is FaceFinding.UNKNOWN
    assert second.began - came < 0.2


@pytest.mark.parametrize("gap", ALL_GAPS)
def test_nobody_is_let_through_on_the_grant_of_who_was_there_before(gap: float) -> None:
    gate = Gate()
    gate.show(2.0, face(ANN))
    assert gate.who == ["ann"]
    reopens(gate, gap)
    gate.show(12.0, face(OTHER, track=number_after(gap)))
    assert gate.who == ["ann"]
    assert [one.face.finding for one in gate.final[1:] if one.face][:1] == [FaceFinding.UNKNOWN]
    gate.show(3.0)
    gate.show(1.0, face(BOB, track=9))
    assert gate.who == ["ann", "bob"]


@pytest.mark.parametrize("gap", GAPS)
def test_a_pass_that_waited_for_a_face_does_not_count_beside_the_next_ones(gap: float) -> None:
    gate = Gate(Mode.FACE_AND_CODE)
    gate.outcome = lambda encounter: encounter.face is not None and encounter.face.confirms
    gate.show(0.5, codes=["ann"])
    reopens(gate, gap)
    gate.show(9.0, face(OTHER, track=7))
    assert gate.who == []


@pytest.mark.parametrize("gap", [0.5, 2.1, 5.0])
def test_a_pass_that_was_held_up_in_the_dark_counts_as_soon_as_there_is_light(gap: float) -> None:
    gate = Gate(Mode.FACE_AND_CODE)
    gate.outcome = lambda encounter: encounter.face is not None and encounter.face.confirms
    gate.show(8.5, face(problem=FaceProblem.TOO_DARK), codes=["ann"])
    assert (len(gate.final), gate.who) == (1, [])
    reopens(gate, gap)
    lit = gate.now
    gate.show(1.0, face(ANN, track=7), codes=["ann"])
    assert gate.who == ["ann"]
    assert gate.final[1].ready - lit < 0.5


@pytest.mark.parametrize("gap", GAPS)
def test_of_several_everybody_keeps_what_they_were_told(gap: float) -> None:
    """Ann is refused, then Bob in her place; after the pause both stand there one after the other."""
    gate = refusing()
    gate.show(0.5, face(ANN))
    gate.show(0.5, face(BOB, track=2))
    assert [one.face.subject_id for one in gate.final if one.face] == ["ann", "bob"]
    reopens(gate, gap)
    gate.show(1.0, face(BOB, track=7))
    gate.show(1.0, face(ANN, track=8))
    assert len(gate.final) == 2
    gate.show(0.5, face(STRANGER, track=9))
    gate.show(8.5, face(STRANGER, track=9))
    assert [one.face.finding for one in gate.final[2:] if one.face] == [FaceFinding.UNKNOWN]


@pytest.mark.parametrize("gap", [2.1, 5.0])
def test_anyone_who_could_not_be_seen_is_told_anew_and_nobody_else_inherits_it(gap: float) -> None:
    """In the dark nothing says that it is the same person: rather said twice than kept from a stranger."""
    gate = refusing(Mode.FACE)
    gate.show(8.5, face(problem=FaceProblem.TOO_DARK))
    assert len(gate.final) == 1
    reopens(gate, gap)
    gate.show(9.0, face(problem=FaceProblem.TOO_DARK, track=7))
    assert len(gate.final) == 2


def test_frames_that_show_nobody_end_it_as_ever() -> None:
    gate = refusing()
    gate.show(1.0, face(ANN))
    gate.show(2.5)
    gate.show(1.0, face(ANN, track=7))
    assert len(gate.final) == 2, "they stepped away and came back"


def test_nobody_in_the_first_frames_after_a_pause_ends_nothing_yet() -> None:
    """A camera that has just been opened shows black, or a face that is not found at once."""
    gate = refusing()
    gate.show(1.0, face(ANN))
    reopens(gate, 3.0)
    gate.show(1.0)
    gate.show(1.0, face(ANN, track=7))
    assert len(gate.final) == 1
    gate.show(2.5)
    gate.show(0.5, face(ANN, track=8))
    assert len(gate.final) == 2, "frames have shown for long enough that nobody is there"


@pytest.mark.parametrize("gap", GAPS)
def test_another_reason_is_told_at_once_after_a_pause(gap: float) -> None:
    gate = refusing(Mode.CODE)
    gate.show(1.0, codes=["ann/expired"])
    reopens(gate, gap)
    gate.show(1.0, codes=["ann/expired#2"])
    assert [one.code.verdict for one in gate.final if one.code] == [PassVerdict.EXPIRED] * 2


def test_the_end_of_the_input_forgets_all() -> None:
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    gate = refusing()
    gate.tracker = tracker
    gate.show(1.0, face(ANN))
    tracker.clear()
    gate.show(1.0, face(ANN))
    assert len(gate.final) == 2
