"""Somebody withdraws at a gate: their face counts no more from that moment, and elsewhere it is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from edge.decision import Outcome
from edge.registry_requests import (
    EnrolmentAnswer,
    RequestKind,
    RequestState,
)
from edge.staff.protocol.enrolment import EnrolmentRequests, FinishEnrolment, WithdrawConsent
from tests.edge.staff.enrolment.conftest import Enrolling
from tests.edge.staff.staffed import is_refused

KEY = "0123456789abcdef"


def is_known(here: Enrolling, person: str) -> bool:
    """Whether the gate lets somebody in by their face alone."""
    decided = here.show(face=person)
    return any(event.decision.outcome is Outcome.GRANT for event in decided)


@pytest.fixture
def bob(here: Enrolling) -> str:
    return here.site.people[1]


def test_the_face_counts_no_more_at_once_nor_after_a_restart_and_the_code_still_does(
    here: Enrolling, ann: str, bob: str, ma: str
) -> None:
    assert is_known(here, ann)
    receipt = here.ask(WithdrawConsent(ann, KEY), ma)
    assert (receipt.kind, receipt.state, receipt.in_force) == ("withdraw", "waiting", None)
    assert not is_known(here, ann)
    assert is_known(here, bob)
    here.restart()
    assert not is_known(here, ann)
    assert is_known(here, bob)
    assert here.said("consent_withdrawn") == [{"staff": "ma", "subject": ann}]
    request = here.asked(RequestKind.WITHDRAW)
    assert (request.subject, request.staff, request.templates, request.id.hex()) == (
        ann,
        "ma",
        (),
        receipt.request,
    )
    assert receipt.receipt == f"R-{receipt.request[:4]}-{receipt.request[4:8]}".upper()


def test_a_tablet_that_sends_twice_withdraws_once(here: Enrolling, ann: str, ma: str) -> None:
    first, again = (here.ask(WithdrawConsent(ann, KEY), ma) for _ in range(2))
    assert first.request == again.request
    assert len(here.requests()) == len(here.said("consent_withdrawn")) == 1


@pytest.mark.parametrize("noise", [b"", b"no list", b"x" * 5_000_000])
def test_a_list_of_the_withdrawn_that_is_lost_brings_nobodys_face_back(
    here: Enrolling, ann: str, ma: str, noise: bytes
) -> None:
    here.ask(WithdrawConsent(ann, KEY), ma)
    (here.kept / "withdrawn.json").write_bytes(noise)
    here.restart()
    assert here.ask(EnrolmentRequests(), ma).left_out == (ann,)
    assert not is_known(here, ann)


def test_many_forms_for_one_person_are_one_request_and_no_key_is_for_two(
    here: Enrolling, ann: str, bob: str, ma: str
) -> None:
    first, other = (here.ask(WithdrawConsent(ann, f"{number:016x}"), ma) for number in (1, 2))
    assert first.request == other.request
    assert here.ask(WithdrawConsent(bob, f"{1:016x}"), ma).subject == bob
    assert [each["subject"] for each in here.said("consent_withdrawn")] == [ann, bob]


@pytest.mark.parametrize("spoil", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"x" * 300_000)])
def test_requests_that_cannot_be_read_again_keep_nobody_from_withdrawing(
    here: Enrolling, ann: str, ma: str, spoil: Callable[[Path], None]
) -> None:
    spoil(here.kept / "requests.json")
    here.restart()
    assert here.ask(WithdrawConsent(ann, KEY), ma).state == "waiting"


def test_who_withdraws_while_their_enrolment_is_written_down_is_asked_for_by_nobody(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, "somebody who was never here")
    here.asks(FinishEnrolment(), ma)
    here.ask(WithdrawConsent(ann, KEY), ma)
    here.pass_time(300.0)
    assert [each.kind for each in here.requests()] == [RequestKind.WITHDRAW]
    assert here.ask(EnrolmentRequests(), ma).left_out == (ann,)


def test_the_gate_forgets_them_once_the_registry_has_and_shows_since_when(
    here: Enrolling, ann: str, ma: str
) -> None:
    receipt = here.ask(WithdrawConsent(ann, KEY), ma)
    assert here.ask(EnrolmentRequests(), ma).left_out == (ann,)
    here.answers.mkdir()
    answer = EnrolmentAnswer(bytes.fromhex(receipt.request), RequestState.ACCEPTED, 1, 7)
    (here.answers / f"{receipt.request}.answer").write_bytes(msgspec.json.encode(answer))
    here.publish(tuple(each for each in here.site.subjects if each.id != ann))
    here.pass_time(30.0)
    listed = here.ask(EnrolmentRequests(), ma)
    assert listed.left_out == ()
    assert (listed.requests[0].state, listed.requests[0].version) == ("accepted", 7)
    assert listed.requests[0].in_force is not None
    assert here.requests() == []


def test_who_withdraws_takes_back_an_enrolment_that_has_not_left_yet(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, "somebody who was never here")
    here.ask(FinishEnrolment(), ma)
    here.ask(WithdrawConsent(ann, KEY), ma)
    here.pass_time(300.0)
    assert [each.kind for each in here.requests()] == [RequestKind.WITHDRAW]
    states = {each.kind: (each.state, each.reason) for each in here.ask(EnrolmentRequests(), ma).requests}
    assert states["enrol"] == ("undone", "withdrawn")


@pytest.mark.parametrize(("who", "may"), [("ma", True), ("zhao", True), ("wang", False), ("fitter", False)])
def test_managers_and_registrars_take_a_withdrawal(here: Enrolling, ann: str, who: str, *, may: bool) -> None:
    refused = is_refused(here.ask(WithdrawConsent(ann, KEY), here.sign_in(who)), "not_your_role")
    assert refused is not may


def test_where_the_journal_cannot_store_it_it_is_not_done_and_said_so(
    here: Enrolling, ann: str, ma: str
) -> None:
    here.has_card(works=False)
    assert is_refused(here.ask(WithdrawConsent(ann, KEY), ma), "not_recorded")
    here.has_card(works=True)
    here.pass_time(5.0)
    assert is_known(here, ann)
    assert here.requests() == []


def test_at_a_gate_where_nobody_is_enrolled_it_is_said(here: Enrolling, ann: str, ma: str) -> None:
    here.configuration = replace(here.configuration, enrolment=type(here.configuration.enrolment)())
    here.restart()
    refused = here.ask(WithdrawConsent(ann, KEY), ma)
    assert is_refused(refused, "policy")
    assert refused.detail == "enrolment"
