"""Nobody is told the same again for a while; and nobody is spared what somebody else was told."""

from __future__ import annotations

import numpy as np
import pytest

from edge.decision import FaceEvidence, FaceFinding, PassEvidence, PassVerdict
from edge.encounter import Encounter, Look
from edge.encounter.told import ToldHere
from edge.encounter.values import Shown

AGAIN, GONE = 10.0, 2.0
ANN_S = (Look(np.array([1.0, 0.0], np.float32)),)
BOB_S = (Look(np.array([0.0, 1.0], np.float32)),)
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
ANN, BOB = (FaceEvidence(FaceFinding.MATCHED, name) for name in ("ann", "bob"))
BAD = PassEvidence(PassVerdict.EXPIRED, pass_id="p")


def alike(one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
    return bool(np.dot(one[0].template, other[0].template) > 0.5)


def told_here() -> ToldHere:
    told = ToldHere(AGAIN, GONE, alike)
    told.look(0.0, somebody=True)
    return told


def encounter(
    face: FaceEvidence | None = UNKNOWN,
    code: PassEvidence | None = None,
    *,
    track: int | None = 1,
    passes: frozenset[str] = frozenset(),
    ready: float = 0.0,
) -> Encounter:
    return Encounter("", face, code, 0.0, ready, shown=Shown(track, passes))


def frames(told: ToldHere, start: float, end: float, *, somebody: bool) -> None:
    """Five frames a second from `start` to `end`."""
    for number in range(round((end - start) * 5.0) + 1):
        told.look(start + number / 5.0, somebody=somebody)


@pytest.mark.parametrize(
    ("first", "first_looks", "then", "then_looks", "theirs"),
    [
        (encounter(), ANN_S, encounter(), BOB_S, True),  # one track is one person
        (encounter(), ANN_S, encounter(track=2), ANN_S, True),
        (encounter(), ANN_S, encounter(track=2), BOB_S, False),
        (encounter(ANN), ANN_S, encounter(ANN, track=2), BOB_S, True),  # the registry's word counts first
        (encounter(ANN), ANN_S, encounter(BOB, track=2), ANN_S, False),
        (encounter(), (), encounter(track=2), (), True),  # nothing speaks for somebody else
        (encounter(None, BAD, track=None), (), encounter(None, BAD, track=None), (), True),
    ],
)
def test_whose_telling_it_is(
    first: Encounter,
    first_looks: tuple[Look, ...],
    then: Encounter,
    then_looks: tuple[Look, ...],
    theirs: bool,
) -> None:
    told = told_here()
    told.tell(first, first_looks)
    assert told.before(then, then_looks) == ({first.conclusion} if theirs else frozenset())


@pytest.mark.parametrize(("later", "kept"), [(AGAIN - 0.2, True), (AGAIN, False)])
def test_a_telling_holds_for_its_time(later: float, kept: bool) -> None:
    told = told_here()
    told.tell(encounter(), ANN_S)
    frames(told, 0.0, later, somebody=True)
    assert bool(told.before(encounter(), ANN_S)) is kept


@pytest.mark.parametrize(("seconds", "kept"), [(GONE, True), (GONE + 0.4, False)])
def test_who_has_left_is_told_anew(seconds: float, kept: bool) -> None:
    told = told_here()
    told.tell(encounter(), ANN_S)
    frames(told, 0.0, seconds - 0.2, somebody=True)
    told.look(seconds, somebody=False)
    assert bool(told.before(encounter(), ANN_S)) is kept


def test_frames_have_to_show_that_nobody_is_there() -> None:
    """A camera that is opened anew saw nobody leave: it takes `gone_after` of its own frames."""
    told = told_here()
    told.tell(encounter(ready=4.0), ANN_S)
    told.look(5.0, somebody=False)
    assert told.before(encounter(), ANN_S)
    frames(told, 5.0, 5.0 + GONE + 0.4, somebody=False)
    assert not told.before(encounter(), ANN_S)


@pytest.mark.parametrize(
    ("then", "looks", "again"),
    [
        (encounter(UNKNOWN, BAD, track=9, passes=frozenset({"p"})), ANN_S, True),
        (
            encounter(UNKNOWN, BAD, track=1, passes=frozenset({"p"})),
            BOB_S,
            False,
        ),  # a stranger inherits nothing
        (
            encounter(None, BAD, track=None, passes=frozenset({"p"})),
            (),
            True,
        ),  # of a bad pass the face says nothing
        (encounter(None, BAD, track=None), (), False),
        (encounter(UNKNOWN, None, track=1), ANN_S, False),  # they show something else
    ],
)
def test_after_a_pause_a_telling_goes_on_for_who_is_known_to_be_the_same(
    then: Encounter, looks: tuple[Look, ...], again: bool
) -> None:
    told = told_here()
    told.tell(encounter(UNKNOWN, BAD, passes=frozenset({"p"})), ANN_S)
    assert not told.again(then, looks), "there was no pause yet"
    told.look(GONE + 0.1, somebody=True)
    assert told.again(then, looks) is again


def test_who_is_let_through_after_all_was_told_nothing() -> None:
    told = told_here()
    told.tell(encounter(), ANN_S)
    told.tell(encounter(None, BAD), ANN_S)
    told.forget(encounter().conclusion)
    assert told.before(encounter(), ANN_S) == {encounter(None, BAD).conclusion}
    told.clear()
    assert told.before(encounter(), ANN_S) == frozenset()


def test_what_is_kept_has_a_limit() -> None:
    told = told_here()
    for track in range(100):
        told.tell(encounter(FaceEvidence(FaceFinding.MATCHED, str(track)), track=track), ())
    heard = [track for track in range(100) if told.before(encounter(None, track=track), ())]
    oldest_gone = told.before(encounter(FaceEvidence(FaceFinding.MATCHED, "0"), track=999), ())
    assert (len(heard), oldest_gone) == (100, frozenset())
