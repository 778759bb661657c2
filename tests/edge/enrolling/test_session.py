"""An enrolment as a value: what it asks of the person, when it takes a picture, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from edge.decision import FaceProblem
from edge.enrolling import (
    LONGEST,
    UNDONE_WITHIN,
    Alike,
    AlikeLimits,
    ConsentPaper,
    EnrolmentSession,
    EnrolmentStep,
    Guardian,
    Person,
    age_on,
    chosen,
    is_over,
    is_signed,
    lack_of,
    looked,
    retaken,
    signed,
    taken_now,
)
from edge.enrolling.rows import Ask, Lack, Pose, Row, rows_of
from edge.enrolling.session import LEFT_AFTER
from edge.registry_requests import (
    Choice,
)
from edge.vision.reports import EnrolmentLook
from tests.edge.enrolling.looks import ANN, BOB, look

ANN_HERSELF = Person("ann", 3, "Ann", "8-2-301")
LIMITS = AlikeLimits(same=0.36, alike=0.55)
PAPER = ConsentPaper("ann", "2026-11", "en", 1_000_000, "wang", typed="Ann")


def begun(**changed: object) -> EnrolmentSession:
    session = signed(EnrolmentSession("n", ANN_HERSELF, "wang", 0.0, 0.0), PAPER)
    return replace(session, **changed)  # type: ignore[arg-type]


def nobody(_: np.ndarray) -> Alike | None:
    return None


def after(session: EnrolmentSession, *looks: EnrolmentLook, near: Alike | None = None) -> EnrolmentSession:
    return reduce(lambda held, one: looked(held, one, LIMITS, lambda _: near), looks, session)


# --- one picture ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "wanted", "row", "lack"),
    [
        (look(0.0, faces=0), Pose.STRAIGHT, Row.ONE_PERSON, Ask.NOBODY),
        (look(0.0, faces=2), Pose.STRAIGHT, Row.ONE_PERSON, Ask.SEVERAL),
        (look(0.0, problems=(FaceProblem.TOO_SMALL,)), Pose.STRAIGHT, Row.SIZE, FaceProblem.TOO_SMALL),
        (look(0.0, problems=(FaceProblem.BACKLIT,)), Pose.STRAIGHT, Row.LIGHT, FaceProblem.BACKLIT),
        (look(0.0, problems=(FaceProblem.BLURRED,)), Pose.STRAIGHT, Row.SHARPNESS, FaceProblem.BLURRED),
        (look(0.0, problems=(FaceProblem.COVERED,)), Pose.STRAIGHT, Row.UNCOVERED, FaceProblem.COVERED),
        (look(26.0), Pose.STRAIGHT, Row.DIRECTION, Ask.LOOK_HERE),
        (look(0.0), Pose.LEFT, Row.DIRECTION, Ask.TURN_LEFT),
        (look(8.0), Pose.LEFT, Row.DIRECTION, Ask.MORE_LEFT),
        (look(-16.0), Pose.LEFT, Row.DIRECTION, Ask.TURN_LEFT),
        (look(16.0), Pose.RIGHT, Row.DIRECTION, Ask.TURN_RIGHT),
        (look(-8.0), Pose.RIGHT, Row.DIRECTION, Ask.MORE_RIGHT),
        (look(30.0, problems=(FaceProblem.TURNED_AWAY,)), Pose.LEFT, Row.DIRECTION, FaceProblem.TURNED_AWAY),
    ],
)
def test_one_row_says_what_is_lacking_and_that_alone_is_asked(
    seen: EnrolmentLook, wanted: Pose, row: Row, lack: Lack
) -> None:
    rows = rows_of(seen, wanted)
    assert [state.row for state in rows if state.lack is not None] == [row]
    assert lack_of(rows) == lack


@pytest.mark.parametrize(("angle", "wanted"), [(0.0, Pose.STRAIGHT), (16.0, Pose.LEFT), (-16.0, Pose.RIGHT)])
def test_a_good_face_in_the_wanted_pose_meets_all_six_rows(angle: float, wanted: Pose) -> None:
    assert all(state.met for state in rows_of(look(angle), wanted))


def test_before_the_first_frame_nothing_is_known_and_nothing_is_asked() -> None:
    rows = rows_of(None, Pose.STRAIGHT)
    assert not any(state.known or state.met for state in rows)
    assert lack_of(rows) is None


def test_who_is_not_alone_is_asked_that_before_anything_else() -> None:
    seen = look(40.0, faces=2, problems=(FaceProblem.BLURRED, FaceProblem.TOO_DARK))
    assert lack_of(rows_of(seen, Pose.STRAIGHT)) is Ask.SEVERAL


def test_a_turn_is_counted_from_the_straight_picture() -> None:
    assert all(state.met for state in rows_of(look(5.0), Pose.LEFT, neutral=-12.0))
    assert lack_of(rows_of(look(16.0), Pose.LEFT, neutral=8.0)) is Ask.MORE_LEFT
    session = after(begun(), look(-12.0, at=1.0), look(4.0, at=2.0), look(-28.0, at=3.0))
    assert [shot.pose for shot in session.shots] == list(Pose)


# --- a picture that is taken by hand --------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "can"),
    [
        (look(8.0, at=2.0), True),
        (look(0.0, at=2.0), True),
        (look(-30.0, at=2.0), True),
        (look(8.0, at=1.2), False),  # of the moment of the one before
        (look(0.0, at=2.0, faces=0), False),
        (look(8.0, at=2.0, faces=2), False),
        (look(8.0, at=2.0, problems=(FaceProblem.BLURRED,)), False),
        (look(60.0, at=2.0, problems=(FaceProblem.TURNED_AWAY,)), False),
        (look(8.0, at=2.0, who=BOB), False),
    ],
)
def test_a_picture_is_taken_by_hand_where_nothing_lacks_but_the_turn(seen: EnrolmentLook, can: bool) -> None:
    """Somebody cannot turn their head: the straight picture is there, and the second never comes."""
    session = after(begun(), look(0.0, at=1.0), seen)
    assert session.can_take is can
    taken = taken_now(session, LIMITS, nobody)
    assert len(taken.shots) == 1 + can
    assert taken.shots[-1].pose is (Pose.LEFT if can else Pose.STRAIGHT)


def test_the_last_one_by_hand_leads_to_the_check_and_no_further() -> None:
    session = after(begun(), look(0.0, at=1.0), look(16.0, at=2.0), look(3.0, at=3.0))
    checked = taken_now(session, LIMITS, nobody)
    assert (checked.step, len(checked.shots)) == (EnrolmentStep.CHECK, 3)
    assert taken_now(checked, LIMITS, nobody) == checked
    assert not begun(step=EnrolmentStep.CONSENT).can_take


# --- the pictures --------------------------------------------------------------------------


def test_pictures_take_themselves_in_three_poses_and_are_then_tried() -> None:
    session = begun()
    for seen, shots, step in (
        (look(0.0, at=1.0), 1, EnrolmentStep.PICTURES),
        (look(0.0, at=2.0), 1, EnrolmentStep.PICTURES),  # the left is wanted now
        (look(16.0, at=2.1), 2, EnrolmentStep.PICTURES),
        (look(-16.0, at=2.2), 2, EnrolmentStep.PICTURES),  # too soon to be another moment
        (look(-16.0, at=2.7), 3, EnrolmentStep.CHECK),
    ):
        session = after(session, seen)
        assert (len(session.shots), session.step) == (shots, step)
    assert not session.can_finish
    session = after(session, look(0.0, at=3.1))
    assert session.tried is not None
    assert session.tried.at == 3.1
    assert session.can_finish


def test_somebody_else_who_steps_into_view_gets_no_picture_into_the_enrolment() -> None:
    session = after(begun(), look(0.0, at=1.0), look(16.0, at=2.0, who=BOB))
    assert len(session.shots) == 1
    assert lack_of(session.rows) is Ask.SOMEBODY_ELSE
    assert len(after(session, look(16.0, at=3.0)).shots) == 2, "and she goes on when she is back"


def test_before_the_consent_no_frame_counts() -> None:
    session = EnrolmentSession("n", ANN_HERSELF, "wang", 0.0, 0.0)
    assert after(session, look(0.0, at=1.0)) == session


POSED = (look(0.0, at=1.0), look(16.0, at=2.0), look(-16.0, at=3.0))


@pytest.mark.parametrize("choice", Choice)
def test_a_look_alike_waits_until_staff_say_who_that_is(choice: Choice) -> None:
    session = after(begun(), *POSED, look(0.0, at=4.0), near=Alike("ada", 0.63))
    assert session.alike == Alike("ada", 0.63)
    assert session.waits_for_choice
    assert not session.can_finish
    assert chosen(session, choice).can_finish


def test_less_than_the_line_is_nobody_alike() -> None:
    assert after(begun(), *POSED, near=Alike("ada", 0.54)).alike is None


def test_who_looks_more_like_another_than_like_their_own_pictures_is_not_recognised() -> None:
    assert after(begun(), *POSED, look(0.0, at=4.0), near=Alike("ada", 1.1)).tried is None


def test_pictures_can_be_taken_again_and_the_consent_stands() -> None:
    again = retaken(after(begun(), *POSED, near=Alike("ada", 0.63)))
    assert (again.step, again.shots, again.alike, again.paper) == (EnrolmentStep.PICTURES, (), None, PAPER)


@given(st.lists(st.tuples(st.floats(-60, 60), st.integers(0, 3), st.booleans()), max_size=30))
def test_whatever_comes_before_the_camera_all_pictures_are_of_one_person_in_order(
    frames: list[tuple[float, int, bool]],
) -> None:
    seen = [
        look(angle, at=float(number), faces=faces, who=BOB if other else ANN)
        for number, (angle, faces, other) in enumerate(frames)
    ]
    session = after(begun(), *seen)
    assert [shot.pose for shot in session.shots] == list(Pose)[: len(session.shots)]
    assert session.agreement is None or session.agreement > LIMITS.same


# --- its end -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "now", "why"),
    [
        (begun(touched=LONGEST - 1.0), LONGEST - 0.1, ""),
        (begun(touched=LONGEST - 1.0), LONGEST, "too_long"),
        (begun(touched=5.0), 5.0 + LEFT_AFTER, "tablet_left"),
        (begun(step=EnrolmentStep.DONE, finished=30.0), 30.0 + LEFT_AFTER, ""),
        (begun(step=EnrolmentStep.DONE, finished=30.0), 30.0 + UNDONE_WITHIN, "done"),
    ],
)
def test_it_ends_by_itself(session: EnrolmentSession, now: float, why: str) -> None:
    assert is_over(session, now) == why


# --- the paper -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strokes", "typed", "counts"),
    [
        ((), "", False),
        ((((500, 500),),), "", False),
        ((((500, 500), (503, 501)),), "", False),
        ((((100, 300), (300, 100)),), "", True),
        ((), "Ann Li", True),
        ((), " A ", False),
        (tuple(((x, 0), (x, 900)) * 500 for x in range(5)), "Ann", False),
    ],
)
def test_a_signature_is_drawn_or_typed_and_bounded(
    strokes: tuple[tuple[tuple[int, int], ...], ...], typed: str, *, counts: bool
) -> None:
    assert is_signed(strokes, typed) is counts


def test_a_paper_has_another_digest_for_each_thing_in_it() -> None:
    changes: list[dict[str, object]] = [
        {"wording": "2027-01"},
        {"language": "zh"},
        {"strokes": (((1, 2), (90, 90)),)},
        {"guardian": Guardian("Li", "mother")},
        {"at": 2_000_000},
    ]
    digests = {PAPER.digest(), *(structs.replace(PAPER, **one).digest() for one in changes)}
    assert len(digests) == len(changes) + 1


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2012, 11, 26), date(2026, 11, 26), 14),
        (date(2012, 11, 27), date(2026, 11, 26), 13),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_somebody_is_of_age_on_the_day(born: date, today: date, age: int) -> None:
    assert age_on(born, today) == age
