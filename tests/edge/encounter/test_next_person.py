"""Whoever steps into another's place is an encounter of their own, at once: by face, by pass, or unseen."""

from __future__ import annotations

import pytest

from edge.decision import FaceFinding, FaceProblem, Mode, PassVerdict
from edge.encounter import EncounterTracker, GrantOutcome
from tests.edge.encounter.test_one_person import ANN, BOB, STRANGER, Gate
from tests.edge.encounter.test_tracker import PATIENCE, RULE, TwoResidents, face, frames

OTHER = 2
SOON = PATIENCE.evidence_within + 1.0
"""Seconds: what is missing is asked for after one, once it is sure to be missing."""
DARK = FaceProblem.TOO_DARK


def refusing(mode: Mode = Mode.FACE_OR_CODE) -> Gate:
    gate = Gate(mode)
    gate.outcome = lambda _: False
    return gate


@pytest.mark.parametrize("away", [0.3, 0.6, 1.5])
@pytest.mark.parametrize("mode", [Mode.CODE, Mode.FACE_OR_CODE])
@pytest.mark.parametrize(
    "first",
    ["ann", "ann/expired", "ann/forged", "poster"],
)
@pytest.mark.parametrize("then", ["bob/forged", "bob/revoked", "bob"])
def test_a_pass_after_another_s_is_decided_on_in_its_first_frames(
    first: str, then: str, mode: Mode, away: float
) -> None:
    """The one before was refused, and their pass still counts as in view when the next one shows theirs."""
    gate = refusing(mode)
    gate.show(3.0, codes=[first])
    gate.show(away)
    before = gate.now
    gate.show(1.0, codes=[then])
    verdict = PassVerdict(then.partition("/")[2] or "genuine")
    told = [one for one in gate.final if one.ready > before and one.code and one.code.verdict is verdict]
    assert told, "nothing was said of what they show"
    assert told[0].ready - before < 0.75


@pytest.mark.parametrize("answer", [GrantOutcome.PASSED, GrantOutcome.ESTIMATED, GrantOutcome.UNUSED])
@pytest.mark.parametrize("away", [0.0, 0.4, 1.0])
def test_who_steps_into_an_admitted_resident_s_place_is_asked_soon(away: float, answer: GrantOutcome) -> None:
    gate = Gate(answer=answer, seconds_open=8.0)
    gate.show(2.0, face(ANN))
    gate.show(away)
    came = gate.now
    gate.show(4.0, face(OTHER, track=2))
    assert gate.who == ["ann"]
    assert gate.asked[0].face is not None
    assert gate.asked[0].face.finding is FaceFinding.UNKNOWN
    assert gate.asked[0].ready - came < SOON


@pytest.mark.parametrize("track", [1, 2])
@pytest.mark.parametrize("away", [0.4, 1.0])
def test_also_where_nobody_can_see_who_they_are(away: float, track: int) -> None:
    """In the dark, and perhaps under the number of the face that was in this place before: 8 s of silence."""
    gate = Gate(seconds_open=8.0)
    gate.show(2.0, face(ANN))
    gate.show(away)
    came = gate.now
    gate.show(4.0, face(track=track, problem=DARK))
    assert [one.face and one.face.problem for one in gate.asked] == [DARK]
    assert gate.asked[0].ready - came < SOON
    gate.show(1.0, face(ANN))
    assert gate.who == ["ann"], "it was she, after all: once is enough"


def test_who_was_lost_from_view_for_a_moment_and_looks_away_is_not_let_through_again() -> None:
    gate = Gate(seconds_open=3.0)
    gate.show(2.0, face(ANN))
    for _ in range(5):
        gate.show(0.5)
        gate.show(6.0, face(problem=FaceProblem.TURNED_AWAY))
        gate.show(2.0, face(ANN))
    assert gate.who == ["ann"]


def test_who_cannot_be_known_is_one_person_all_the_while() -> None:
    """From the first second on, when the one who was there before is not forgotten yet."""
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    strip = [face(ANN)] * 5 + [None] * 5 + [face(problem=DARK)] * 30
    sightings = frames(*((0.1 * at, () if one is None else (one,), ()) for at, one in enumerate(strip)))
    heard = []
    for sighting in sightings:
        encounter = tracker.handle(sighting, Mode.FACE, RULE)
        heard += [] if encounter is None else [encounter]
        if encounter is not None and encounter.final:
            tracker.admitted(encounter, "ann", "1")
    assert len({one.shown.track for one in heard[1:]}) == 1
    assert heard[0].shown.track not in {one.shown.track for one in heard[1:]}


@pytest.mark.parametrize("first", [ANN, STRANGER])
@pytest.mark.parametrize("then", ["seen", "unseen"])
def test_who_comes_after_one_who_was_refused_is_asked_for_themselves(first: int, then: str) -> None:
    gate = refusing()
    gate.show(PATIENCE.give_up_after + 0.5, face(first))
    before = len(gate.asked)
    gate.show(0.5)
    came = gate.now
    gate.show(5.0, face(OTHER, track=2) if then == "seen" else face(track=2, problem=DARK))
    assert gate.asked[before].ready - came < SOON + PATIENCE.gone_after


def test_the_time_of_the_one_before_is_not_counted_against_the_next() -> None:
    """Seven seconds of one stranger, and another in their place: not refused after one second of theirs."""
    gate = refusing()
    gate.show(7.0, face(STRANGER))
    gate.show(0.3)
    came = gate.now
    gate.show(PATIENCE.give_up_after - 0.5, face(OTHER, track=2))
    assert gate.final == []
    assert [one.shown.track for one in gate.asked] == [1, 2]
    gate.show(1.0, face(OTHER, track=2))
    [refused] = gate.final
    assert refused.began - came < 0.2
    ended = gate.tracker.undecided()
    assert ended is not None
    assert ended.encounter.shown.track == 1


def test_the_pass_of_the_one_before_is_not_the_next_one_s() -> None:
    gate = Gate(Mode.FACE_AND_CODE)
    gate.outcome = lambda encounter: encounter.face is not None and encounter.face.confirms
    gate.show(0.8, face(STRANGER), codes=["ann"])
    gate.show(0.6)
    gate.show(1.8, face(BOB, track=2))
    assert gate.asked
    assert all(one.code is None for one in (*gate.asked, *gate.final) if one.shown.track == 2)
    gate.show(1.0, face(BOB, track=2), codes=["bob"])
    assert gate.who == ["bob"]
