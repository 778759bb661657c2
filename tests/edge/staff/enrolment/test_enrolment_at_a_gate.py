"""A resident is enrolled at a gate: consent, pictures, a try, the request; and what comes between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from edge.consent import WORDING
from edge.decision import FaceProblem
from edge.enrolling import (
    LONGEST,
    UNDONE_WITHIN,
    open_paper,
)
from edge.enrolling.session import LEFT_AFTER
from edge.registry.format import SealedTemplate
from edge.registry.templates.vectors import unseal
from edge.registry_requests import (
    Choice,
    EnrolmentAnswer,
    RequestKind,
    RequestState,
)
from edge.signing.cose import microseconds
from edge.staff.protocol.enrolment import (
    BeginEnrolment,
    ChooseAlike,
    EndEnrolment,
    EnrolmentPicture,
    EnrolmentRequests,
    EnrolmentShown,
    FinishEnrolment,
    NoEnrolment,
    Picture,
    RequestList,
    SignConsent,
    TakeAgain,
    TakeNow,
    UndoEnrolment,
)
from edge.vision.reports import Blur, CameraReport, CameraState, PreviewFrame
from tests.edge.staff.enrolment.conftest import SIGNED, Enrolling
from tests.edge.staff.staffed import OTHER, is_refused
from tests.edge.vision.reported import PREVIEW
from tests.simulation.site import SITE, true_time

STRANGER = "somebody who was never here"


def listed(here: Enrolling, session: str) -> RequestList:
    answer = here.ask(EnrolmentRequests(), session)
    assert isinstance(answer, RequestList)
    return answer


def test_a_resident_is_enrolled_and_only_sealed_things_leave_the_gate(
    here: Enrolling, ann: str, ma: str
) -> None:
    shown = here.is_photographed(ann, ma, STRANGER)
    assert (shown.step, shown.taken, shown.can_finish) == ("check", ("straight", "left", "right"), True)
    assert shown.tried is not None
    assert shown.tried > 0.8
    done = here.ask(FinishEnrolment(), ma)
    assert (done.step, done.request.state, done.wording) == ("done", "held", WORDING)
    assert done.pictures_for > 0
    assert here.requests() == [], "it can be undone still"
    here.pass_time(UNDONE_WITHIN + 2.0)
    request = here.asked(RequestKind.ENROL)
    assert (request.subject, request.staff, request.wording) == (ann, "ma", WORDING)
    key = here.site.keys.template
    vectors = [
        unseal(SealedTemplate(ann, request.version, request.engine, sealed), key=key, site=SITE)
        for sealed in request.templates
    ]
    assert min(float(vector @ here.site.faces.face(STRANGER)) for vector in vectors) > 0.9
    paper = open_paper(request.paper, request.id, keys=[key])
    assert paper.digest() == request.digest
    assert (paper.strokes, paper.staff, paper.guardian) == (SIGNED.strokes, "ma", None)
    assert here.said("consent_given", "enrolment_requested") == [
        {"staff": "ma", "subject": ann, "version": WORDING},
        {"staff": "ma", "subject": ann, "request": request.id.hex()},
    ]
    written = here.on_disk()
    assert not any(vector.tobytes() in written for vector in vectors), "no template lies open anywhere"


READS, SIGNS, TAPS = 20.0, 6.0, 2.0
"""Seconds that a person takes: for the points of the consent, a signature, each tap of the registrar."""
TURNS = (0.0, 4.0, 8.0, 12.0, 16.0, 8.0, 0.0, -4.0, -8.0, -12.0, -16.0, -8.0, 0.0)
"""How a head goes to the left and to the right and back, seen every 0.6 s."""


def test_at_a_persons_pace_an_enrolment_takes_less_than_a_minute(here: Enrolling, ann: str, ma: str) -> None:
    """By the duration that the page shows. Of the registrar it wants what a browser counts, too: three taps
    (`tests/edge/console/test_enrolment.py`); the pictures take themselves.
    """
    here.begins(ann, ma)
    here.pass_time(READS + SIGNS + TAPS)
    here.ask(SIGNED, ma)
    for angle in TURNS:
        here.look(angle, STRANGER)
    here.pass_time(TAPS)
    done = here.ask(FinishEnrolment(), ma)
    assert isinstance(done, EnrolmentShown)
    assert done.step == "done"
    assert READS + SIGNS + 2 * TAPS < done.begun < 60.0
    here.pass_time(600.0)
    later = here.now(ma)
    assert not isinstance(later, EnrolmentShown) or later.begun == done.begun, "it does not count on"


def test_who_cannot_turn_is_photographed_by_hand_and_each_picture_is_shown_while_it_goes_on(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.consents(ann, ma)
    here.see(replace(PREVIEW, jpeg=PREVIEW.jpeg + b"1"))
    assert is_refused(here.ask(TakeNow(), ma), "invalid"), "nobody was seen yet"
    here.look(0.0, STRANGER)
    assert here.now(ma).shown_again == (0,)
    here.see(replace(PREVIEW, jpeg=PREVIEW.jpeg + b"2"))
    here.look(7.0, STRANGER)
    assert here.now(ma).can_take
    by_hand = here.ask(TakeNow(), ma)
    assert (by_hand.taken, by_hand.shown_again) == (("straight", "left"), (0, 1))
    pictures = [here.ask(EnrolmentPicture(shot), ma).jpeg for shot in range(3)]
    assert pictures == [PREVIEW.jpeg + b"1", PREVIEW.jpeg + b"2", b""]
    assert here.ask(EnrolmentPicture(0), here.sign_in("zhao")).jpeg == b"", "another registrar's tablet"
    here.look(-16.0, STRANGER)
    here.look(0.0, STRANGER)
    assert here.now(ma).can_finish
    assert here.ask(FinishEnrolment(), ma).shown_again == (), "with the request they are gone"
    assert here.ask(EnrolmentPicture(0), ma).jpeg == b""
    assert PREVIEW.jpeg not in here.on_disk()


def test_a_picture_of_which_nothing_was_shown_is_not_shown_again(here: Enrolling, ann: str, ma: str) -> None:
    here.consents(ann, ma)
    here.look(0.0, STRANGER)
    shown = here.now(ma)
    assert (shown.taken, shown.shown_again) == (("straight",), ())


def test_within_two_minutes_it_is_undone_and_nothing_has_left_the_gate(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    done = here.ask(FinishEnrolment(), ma)
    here.pass_time(LEFT_AFTER)
    undone = here.ask(UndoEnrolment(), ma)
    assert (undone.why, undone.subject) == ("undone", ann)
    here.pass_time(2 * UNDONE_WITHIN)
    assert here.requests() == []
    assert not list(here.kept.rglob("*.request"))
    assert [each.state for each in listed(here, ma).requests] == ["undone"]
    assert here.said("enrolment_answered") == [{"request": done.request.request, "outcome": "undone"}]


def test_after_two_minutes_there_is_nothing_to_undo(here: Enrolling, ann: str, ma: str) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    assert here.ask(UndoEnrolment(), ma).why == "done"
    assert len(here.requests()) == 1


def test_finishing_twice_asks_once(here: Enrolling, ann: str, ma: str) -> None:
    here.is_photographed(ann, ma, STRANGER)
    first, again = (here.ask(FinishEnrolment(), ma) for _ in range(2))
    assert first.request.request == again.request.request
    assert len(here.said("enrolment_requested")) == 1


def test_two_taps_at_once_ask_for_nothing_that_could_not_be_undone(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.asks(FinishEnrolment(), ma)
    done = here.ask(FinishEnrolment(), ma)
    here.pass_time(5.0)
    assert here.requests() == []
    here.ask(UndoEnrolment(), ma)
    here.pass_time(2 * UNDONE_WITHIN)
    assert here.requests() == []
    asked = {said["request"] for said in here.said("enrolment_requested")}
    ended = [said["request"] for said in here.said("enrolment_answered")]
    assert sorted(asked) == sorted(ended), "each event of a request has its end"
    assert done.request.request in asked


def test_a_consent_is_one_to_the_enrolment_that_it_was_signed_for(
    here: Enrolling, ann: str, ma: str, site: Any
) -> None:
    here.begins(ann, ma)
    here.asks(SIGNED, ma)
    here.asks(BeginEnrolment(site.people[1]), ma)
    here.pass_time(0.1)
    here.look(0.0, STRANGER)
    shown = here.now(ma)
    assert (shown.subject, shown.step, shown.taken) == (site.people[1], "consent", ())


def test_what_the_camera_saw_before_the_consent_is_no_picture(here: Enrolling, ann: str, ma: str) -> None:
    here.begins(ann, ma)
    here.look(0.0, STRANGER)
    jpeg = b"\xff\xd8\xffpicture\xff\xd9"
    here.see(PreviewFrame(1, here.monotonic(), 480, 360, jpeg, Blur.BYSTANDERS, 1, 90.0, 0.0, 0.0, 3.0))
    here.pass_time(0.1)
    assert here.ask(EnrolmentPicture(), ma) == Picture()
    here.ask(SIGNED, ma)
    assert here.now(ma).taken == ()


@pytest.mark.parametrize(("who", "may"), [("ma", True), ("zhao", True), ("wang", False), ("fitter", False)])
def test_managers_and_registrars_enrol_and_nobody_else(
    here: Enrolling, ann: str, who: str, *, may: bool
) -> None:
    answer = here.ask(BeginEnrolment(ann), here.sign_in(who))
    assert isinstance(answer, EnrolmentShown) if may else is_refused(answer, "not_your_role")


def test_one_tablet_at_a_time_runs_an_enrolment_and_the_other_is_told_who(
    here: Enrolling, ann: str, ma: str, site: Any
) -> None:
    here.begins(ann, ma)
    other = here.sign_in("zhao", OTHER)
    refused = here.ask(BeginEnrolment(site.people[1]), other, OTHER)
    assert is_refused(refused, "taken")
    assert refused.detail == "Ma"
    assert here.ask(FinishEnrolment(), other, OTHER) == NoEnrolment(busy="Ma")
    here.ask(EndEnrolment(), ma)
    assert isinstance(here.ask(BeginEnrolment(ann), other, OTHER), EnrolmentShown)


def test_a_gate_that_restarts_in_the_middle_keeps_nothing_and_says_so(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    before = {path for path in here.kept.rglob("*") if path.is_file()}
    assert not before, "nothing of it is on disk until it is asked for"
    here.restart()
    assert here.now(ma) == NoEnrolment()
    assert here.requests() == []


def test_what_was_held_back_goes_on_its_way_after_a_restart(here: Enrolling, ann: str, ma: str) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.restart()
    here.pass_time(3.0)
    assert here.asked(RequestKind.ENROL).subject == ann


@pytest.mark.parametrize(("silent", "why"), [(LEFT_AFTER + 1.0, "tablet_left")])
def test_a_tablet_that_leaves_ends_it(here: Enrolling, ann: str, ma: str, silent: float, why: str) -> None:
    here.consents(ann, ma)
    here.pass_time(silent)
    ended = here.now(ma)
    assert (ended.why, ended.subject) == (why, ann)


def test_after_ten_minutes_it_ends_whatever_the_tablet_does(here: Enrolling, ann: str, ma: str) -> None:
    here.consents(ann, ma)
    said = []
    for _ in range(int(LONGEST / 30.0) + 1):
        said.append(here.now(ma))
        here.pass_time(30.0)
    assert isinstance(said[-2], EnrolmentShown)
    assert here.now(ma).why == "too_long"


def test_somebody_else_who_steps_in_and_a_crowd_get_no_picture_taken(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.consents(ann, ma)
    here.look(0.0, STRANGER)
    here.look(16.0, "another who steps in")
    assert (here.now(ma).taken, here.now(ma).lack) == (("straight",), "somebody_else")
    here.look(16.0, STRANGER, faces=2)
    assert here.now(ma).lack == "several"
    here.look(16.0, STRANGER, problems=(FaceProblem.BLURRED,))
    assert here.now(ma).lack == "blurred"
    here.look(16.0, STRANGER)
    assert here.now(ma).taken == ("straight", "left")


def test_a_camera_that_goes_is_said_and_it_goes_on_when_it_is_back(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.consents(ann, ma)
    here.see(CameraReport(CameraState.GONE, here.monotonic(), "unplugged"))
    here.pass_time(0.1)
    assert here.now(ma).camera == "gone"
    here.see(CameraReport(CameraState.STREAMING, here.monotonic()))
    here.look(0.0, STRANGER)
    assert (here.now(ma).camera, here.now(ma).taken) == ("", ("straight",))


def test_the_picture_is_shown_to_who_runs_it_and_gone_with_it(here: Enrolling, ann: str, ma: str) -> None:
    here.consents(ann, ma)
    jpeg = b"\xff\xd8\xffpicture\xff\xd9"
    frame = PreviewFrame(1, here.monotonic(), 480, 360, jpeg, Blur.BYSTANDERS, 1, 90.0, 0.0, 0.0, 3.0)
    here.see(frame)
    here.pass_time(0.1)
    other = here.sign_in("zhao", OTHER)
    assert here.ask(EnrolmentPicture(), ma) == Picture(jpeg)
    assert here.ask(EnrolmentPicture(), other, OTHER) == Picture()
    here.ask(EndEnrolment(), ma)
    assert here.ask(EnrolmentPicture(), ma) == Picture()
    assert jpeg not in here.on_disk()


# --- the paper -----------------------------------------------------------------------------


CHILD = replace(SIGNED, minor=True, guardian="Li Na", relation="mother", born="2015-06-01")


@pytest.mark.parametrize(
    ("signed", "wrong"),
    [
        (replace(SIGNED, wording="1999-01"), "wording"),
        (replace(SIGNED, strokes=()), "signature"),
        (replace(SIGNED, strokes=(((5, 5),),)), "signature"),
        (replace(CHILD, guardian=" "), "guardian"),
        (replace(CHILD, relation=""), "guardian"),
        (replace(SIGNED, born="2015-06-01"), "minor"),
        (replace(CHILD, born="1980-06-01"), "of_age"),
        (replace(CHILD, born="2015-02-30"), "born"),
        (replace(CHILD, born="2999-01-01"), "born"),
    ],
)
def test_a_paper_that_lacks_something_says_what_and_no_picture_is_taken(
    here: Enrolling, ann: str, ma: str, signed: SignConsent, wrong: str
) -> None:
    here.begins(ann, ma)
    refused = here.ask(signed, ma)
    assert is_refused(refused, "invalid")
    assert refused.detail == wrong
    here.look(0.0, STRANGER)
    assert (here.now(ma).step, here.now(ma).taken) == ("consent", ())
    assert here.said("consent_given") == []


def test_a_childs_guardian_signs_and_the_date_of_birth_is_kept_nowhere(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(EndEnrolment(), ma)
    here.begins(ann, ma)
    assert here.ask(CHILD, ma).guardian
    for angle in (0.0, 16.0, -16.0, 0.0):
        here.look(angle, STRANGER)
        here.now(ma)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    request = here.asked(RequestKind.ENROL)
    paper = open_paper(request.paper, request.id, keys=[here.site.keys.template])
    assert request.guardian
    assert paper.guardian is not None
    assert (paper.guardian.name, paper.guardian.relation) == ("Li Na", "mother")
    written = here.on_disk()
    assert b"2015-06-01" not in written
    assert b"Li Na" not in written, "a guardian's name is sealed"


def test_who_does_not_consent_is_not_enrolled_and_nothing_is_asked(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.begins(ann, ma)
    assert here.ask(EndEnrolment(refused=True), ma).why == "refused"
    assert here.ask(SIGNED, ma).why == "refused"
    assert here.said("consent_given", "enrolment_requested") == []


# --- somebody who looks alike --------------------------------------------------------------


def test_two_people_go_on_and_the_request_says_so(here: Enrolling, ann: str, ma: str, site: Any) -> None:
    bob = site.people[1]
    shown = here.is_photographed(ann, ma, face=bob)
    assert shown.alike is not None
    assert shown.alike.name == here.site.subjects[1].name
    assert shown.alike.score >= shown.alike.line
    assert is_refused(here.ask(FinishEnrolment(), ma), "invalid")
    shown = here.ask(ChooseAlike(Choice.TWO_PEOPLE), ma)
    assert (shown.choice, shown.step) == ("two_people", "check")


@pytest.mark.parametrize(("choice", "asked"), [(Choice.SAME_PERSON, [RequestKind.JOIN]), (Choice.UNSURE, [])])
def test_nobody_is_enrolled_who_may_be_there_already(
    here: Enrolling, ann: str, ma: str, site: Any, choice: Choice, asked: list[RequestKind]
) -> None:
    here.is_photographed(ann, ma, face=site.people[1])
    assert here.ask(ChooseAlike(choice), ma).why == choice
    requests = here.requests()
    assert [each.kind for each in requests] == asked
    assert all(not each.templates and each.alike == site.people[1] for each in requests)


def test_pictures_are_taken_again_where_staff_say_so(here: Enrolling, ann: str, ma: str) -> None:
    here.is_photographed(ann, ma, STRANGER)
    again = here.ask(TakeAgain(), ma)
    assert (again.step, again.taken, again.tried, again.wording) == ("pictures", (), None, WORDING)


# --- what became of it ---------------------------------------------------------------------


def answered(here: Enrolling, answer: EnrolmentAnswer) -> None:
    here.answers.mkdir(exist_ok=True)
    (here.answers / f"{answer.id.hex()}.answer").write_bytes(msgspec.json.encode(answer))
    here.pass_time(2.0)


def test_the_page_shows_what_became_of_it_and_the_gate_deletes_what_was_received(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    request = here.asked(RequestKind.ENROL)
    at = microseconds(true_time(here.scheduler.now) + timedelta(seconds=1))
    seen = []
    for answer, left in (
        (EnrolmentAnswer(request.id, RequestState.RECEIVED, at), [(request.id, (), b"")]),
        (EnrolmentAnswer(request.id, RequestState.ACCEPTED, at), [(request.id, (), b"")]),
        (EnrolmentAnswer(request.id, RequestState.ACCEPTED, at, 7), []),
        (EnrolmentAnswer(request.id, RequestState.REFUSED, at), []),  # nothing more counts
    ):
        answered(here, answer)
        [one] = listed(here, ma).requests
        seen.append((one.state, one.version))
        assert [(each.id, each.templates, each.paper) for each in here.requests()] == left
    assert seen == [("received", 0), ("accepted", 0), ("accepted", 7), ("accepted", 7)]
    assert [event["outcome"] for event in here.said("enrolment_answered")] == [
        "received",
        "accepted",
        "accepted",
    ]


def test_a_refusal_is_shown_with_its_reason(here: Enrolling, ann: str, ma: str) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    request = here.asked(RequestKind.ENROL)
    answered(here, EnrolmentAnswer(request.id, RequestState.REFUSED, 1, reason="the lease has ended"))
    [one] = listed(here, ma).requests
    assert (one.state, one.reason, one.in_force) == ("refused", "the lease has ended", None)
    assert here.requests() == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"id": 3}', b"\xff" * 10_000])
def test_an_answer_that_is_none_changes_nothing(here: Enrolling, ann: str, ma: str, data: bytes) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    here.answers.mkdir()
    (here.answers / f"{here.requests()[0].id.hex()}.answer").write_bytes(data)
    here.pass_time(5.0)
    assert [each.state for each in listed(here, ma).requests] == ["waiting"]


def test_where_the_journal_cannot_store_it_nothing_is_signed_and_nothing_asked(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.begins(ann, ma)
    here.has_card(works=False)
    assert is_refused(here.ask(SIGNED, ma), "not_recorded")
    here.has_card(works=True)
    assert here.now(ma).step == "consent"


def test_a_subject_that_the_registry_does_not_have_is_not_enrolled(here: Enrolling, ma: str) -> None:
    assert is_refused(here.ask(BeginEnrolment("nobody"), ma), "unknown")
