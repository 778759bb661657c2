"""When somebody who was admitted is admitted again: a table of stories, and what holds of every story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.encounter import GrantOutcome, Look
from edge.encounter.presence import (
    ANSWERED_WITHIN,
    Pace,
    Presence,
    admits,
    admitted,
    answered,
    is_over,
    is_stuck,
    joined,
    parted,
    seen,
)
from edge.encounter.values import Shown
from tests.examples import tried

PACE = Pace(gone_after=2.0, walk_on=10.0)
FACE, PASS = Shown(track=1), Shown(passes=frozenset({"pass"}))
BOTH = Shown(1, PASS.passes)
REFOUND, OTHER_PASS = Shown(track=2), Shown(passes=frozenset({"another"}))
NOTHING = Shown()


@dataclass(frozen=True)
class For:
    """So many seconds of frames, ten a second, that show the same."""

    seconds: float
    shown: Shown


@dataclass(frozen=True)
class Pause:
    """So many seconds without a frame."""

    seconds: float


@dataclass(frozen=True)
class Joins:
    """What is found to be theirs too."""

    shown: Shown


Happening = For | Pause | Joins | GrantOutcome


def lived(by: Shown, *happenings: Happening) -> tuple[Presence, float]:
    """What has become of somebody who was admitted at 100.0, and when it is now."""
    now = 100.0
    presence = admitted("ann", "7", by, (), now)
    for happening in happenings:
        match happening:
            case For(seconds=seconds, shown=shown):
                for _ in range(round(10 * seconds)):
                    now = round(now + 0.1, 3)
                    tracks = frozenset() if shown.track is None else frozenset({shown.track})
                    presence = seen(presence, tracks, shown.passes, now, PACE)
            case Pause(seconds=seconds):
                now += seconds
            case Joins(shown=shown):
                presence = joined(presence, shown)
            case GrantOutcome():
                presence = answered(presence, happening, now)
    return presence, now


UNUSED, PASSED, ESTIMATED = GrantOutcome.UNUSED, GrantOutcome.PASSED, GrantOutcome.ESTIMATED

STORIES: dict[str, tuple[tuple[Shown, *tuple[Happening, ...]], Shown, bool]] = {
    # how they were admitted and what happened, what they show now, whether it admits them again
    "the gate stands open for them": ((FACE, For(3, FACE)), PASS, False),
    "stands still": ((FACE, For(7, FACE), UNUSED, For(54, FACE)), FACE, False),
    "holds the pass up": ((PASS, For(7, PASS), UNUSED, For(54, PASS)), PASS, False),
    "steps away for a moment only": ((FACE, For(7, FACE), UNUSED, For(1.5, NOTHING)), REFOUND, False),
    "steps away": ((FACE, For(7, FACE), UNUSED, For(3, NOTHING)), REFOUND, True),
    "steps away, the pass stays": ((BOTH, For(7, BOTH), UNUSED, For(3, PASS)), BOTH, True),
    "takes the pass away": ((PASS, For(7, PASS), UNUSED, For(3, NOTHING)), PASS, True),
    "takes the pass away, the face stays": ((BOTH, For(7, BOTH), UNUSED, For(3, FACE)), BOTH, True),
    "shows a pass for the first time": ((FACE, For(7, FACE), UNUSED, For(1, FACE)), BOTH, True),
    "shows another pass": ((PASS, For(7, PASS), UNUSED, For(1, PASS)), OTHER_PASS, True),
    "showed it while the gate stood open": (
        (FACE, Joins(BOTH), For(7, BOTH), UNUSED, For(3, BOTH)),
        BOTH,
        False,
    ),
    "is lost and found by the tracker": (
        (FACE, For(7, FACE), UNUSED, For(1, NOTHING), Joins(REFOUND), For(30, REFOUND)),
        REFOUND,
        False,
    ),
    "walks on": ((FACE, For(2, FACE), PASSED, For(9, FACE)), BOTH, False),
    "passed, and shows a pass much later": ((FACE, For(2, FACE), PASSED, For(11, FACE)), BOTH, True),
    "passed, they say, and stands there": ((FACE, For(2, FACE), PASSED, For(60, FACE)), FACE, False),
    "no beam saw it, and stands there": ((FACE, For(7, FACE), ESTIMATED, For(60, FACE)), FACE, False),
    "no beam saw it, shows a pass": ((FACE, For(7, FACE), ESTIMATED, For(1, FACE)), BOTH, True),
    "the lane never says": ((FACE, For(ANSWERED_WITHIN + 1, FACE)), FACE, False),
    "the lane never says, shows a pass": ((FACE, For(ANSWERED_WITHIN + 1, FACE)), BOTH, True),
    "the camera was away": ((FACE, For(7, FACE), UNUSED, Pause(30), For(1, REFOUND)), REFOUND, False),
    "took the pass away before the camera was": (
        (PASS, For(7, PASS), UNUSED, For(0.1, NOTHING), Pause(30), For(0.1, PASS)),
        PASS,
        True,
    ),
    "left before the camera was away": (
        (FACE, For(7, FACE), UNUSED, For(0.1, NOTHING), Pause(30), For(0.1, REFOUND)),
        REFOUND,
        True,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_person_is_admitted_again_by_a_new_act_only(story: str) -> None:
    (by, *happenings), shown, again = STORIES[story]
    presence, now = lived(by, *happenings)
    assert admits(presence, shown, now, PACE) is again


@pytest.mark.parametrize(
    ("happenings", "over"),
    [
        ((For(60, FACE), UNUSED), False),
        ((UNUSED, For(60, FACE)), False),
        ((UNUSED, For(2.1, NOTHING)), False),
        ((UNUSED, For(2.2, NOTHING)), True),
        ((For(5, NOTHING),), False),  # left, and the gate is still open for them
        ((For(5, NOTHING), UNUSED), True),
        ((For(ANSWERED_WITHIN + 1, NOTHING),), True),
        ((GrantOutcome.REFUSED, For(9, FACE)), False),
        (
            (GrantOutcome.REFUSED, For(10, FACE)),
            True,
        ),  # was not let through at all: decided on again, at leisure
    ],
)
def test_a_presence_ends_when_its_person_has_left_and_nothing_is_open(
    happenings: tuple[Happening, ...], over: bool
) -> None:
    presence, now = lived(FACE, *happenings)
    assert is_over(presence, now, PACE) is over


@pytest.mark.parametrize(
    ("happenings", "told"),
    [
        ((For(7, FACE),), False),
        ((For(7, FACE), UNUSED), True),
        ((For(7, FACE), UNUSED, For(0.5, NOTHING)), False),
        ((For(7, FACE), PASSED, For(9, FACE)), False),
        ((For(7, FACE), PASSED, For(10, FACE)), True),
        ((For(7, FACE), ESTIMATED, For(9, FACE)), False),
        ((For(7, FACE), ESTIMATED, For(10, FACE)), True),
        ((For(7, FACE), GrantOutcome.REFUSED, For(9, FACE)), False),
        ((For(ANSWERED_WITHIN + 11, FACE),), False),
    ],
)
def test_they_are_told_once_their_grant_is_over_and_they_stand_there(
    happenings: tuple[Happening, ...], told: bool
) -> None:
    presence, now = lived(FACE, *happenings)
    assert is_stuck(presence, now, PACE) is told


def test_the_lane_s_first_word_counts() -> None:
    presence, _ = lived(FACE, UNUSED, For(1, FACE), PASSED)
    assert (presence.answer, presence.answered) == (UNUSED, 100.0)


def test_a_face_that_is_another_s_after_all_is_no_longer_part_of_it() -> None:
    presence, now = lived(FACE, Joins(REFOUND))
    assert presence.face is not None
    presence = parted(presence, 2)
    assert presence.face is not None
    assert presence.face.tracks == {1}
    assert parted(presence, 9) == presence
    assert admits(presence, FACE, now, PACE) is False


def test_after_a_pause_a_track_of_the_same_number_may_be_anybody_s() -> None:
    """The vision worker was restarted, and counts its tracks from one again."""
    presence, _ = lived(FACE, For(7, FACE), UNUSED, Pause(30), For(0.1, FACE))
    assert presence.face is not None
    assert (presence.face.tracks, presence.in_view) == (frozenset(), False)


def test_the_best_looks_at_a_face_are_kept_and_no_more_than_five() -> None:
    looks = tuple(Look(np.zeros(4, np.float32), quality=0.1 * place) for place in range(9))
    presence = admitted("ann", "7", FACE, looks, 100.0)
    assert presence.face is not None
    assert [round(look.quality, 1) for look in presence.face.looks] == [0.8, 0.7, 0.6, 0.5, 0.4]


def test_a_new_grant_takes_along_what_is_in_view() -> None:
    before, now = lived(BOTH, For(7, BOTH), UNUSED)
    again = admitted("ann", "8", OTHER_PASS, (), now, before)
    assert (again.reference, again.answer, again.told) == ("8", None, None)
    assert again.passes.keys() == {"pass", "another"}
    again = answered(again, UNUSED, now)
    assert not any(admits(again, shown, now, PACE) for shown in (FACE, PASS, OTHER_PASS, BOTH))


_frames = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200)
_answers = st.dictionaries(st.integers(0, 200), st.sampled_from([UNUSED, ESTIMATED]), max_size=2)


@settings(derandomize=True, max_examples=tried(300))
@given(_frames, _answers, st.sampled_from([FACE, PASS, BOTH]))
def test_what_was_out_of_view_for_two_seconds_admits_again_and_nothing_else(
    frames: list[tuple[bool, bool]], answers: dict[int, GrantOutcome], by: Shown
) -> None:
    """Two frames a second, in which face and pass are there or not."""
    presence, now = admitted("ann", "7", by, (), 0.0), 0.0
    away = {FACE: 0 if by.track else 99, PASS: 0 if by.passes else 99}  # frames in a row without it
    for place, (face, shows_pass) in enumerate(frames):
        now += 0.5
        if place in answers:
            presence = answered(presence, answers[place], now)
        tracks, passes = frozenset({1} if face else ()), PASS.passes if shows_pass else frozenset()
        presence = seen(presence, tracks, passes, now, PACE)
        for shown, there in ((FACE, face), (PASS, shows_pass)):
            if not there:
                away[shown] += 1
                continue
            new = presence.answer is not None and away[shown] > 4
            assert admits(presence, shown, now, PACE) is new
            presence, away[shown] = joined(presence, shown), 0
