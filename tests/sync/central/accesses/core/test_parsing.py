"""What an event says about an access, whoever wrote it and whatever a later version adds."""

from __future__ import annotations

from typing import Any

import pytest

from edge.decision import Outcome
from edge.journal.format import GateStopped, LaneClosed, LaneOpened, StaffActTaken, told
from edge.signing.cose import encode_value
from sync.central.accesses.core.parsing import AccessFacts, AccessMeans, facts_of
from tests.events import decided

_LOCKED = StaffActTaken("lock", "wang", "danger")
FACE = {"finding": "matched", "subject_id": "li-na", "score": 0.7}
STRANGER = {"finding": "unknown", "score": 0.2}
CODE = {"verdict": "genuine", "subject_id": "li-na"}


def body(reason: str = "face_matched", outcome: str = "grant", **evidence: Any) -> bytes:
    decision = {"outcome": outcome, "reason": reason, "rule": "gates.main.mode"}
    return encode_value({"decision": decision, "evidence": {"direction": "entry", **evidence}, "registry": 7})


def test_a_decision_is_an_access_with_all_that_pages_show() -> None:
    kind, said = told(decided(Outcome.DENY, "li-na"))
    assert facts_of(kind, said) == AccessFacts(
        "deny", "face_unknown", "test", AccessMeans.NOTHING, "entry", "li-na", registry=1
    )


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (body(face=FACE), AccessMeans.FACE),
        (body("code_accepted", face=STRANGER, code=CODE), AccessMeans.CODE),
        (body("face_and_code_agree", face=FACE, code=CODE), AccessMeans.BOTH),
        (body("gate_free", face=FACE), AccessMeans.NOTHING),
        (body("status_red", "deny", face=FACE), AccessMeans.FACE),
        (body("status_red", "deny", face=FACE, code=CODE), AccessMeans.BOTH),
        (body("pass_expired", "deny", face=STRANGER, code=CODE), AccessMeans.CODE),
        (body("site_full", "refer"), AccessMeans.NOTHING),
    ],
)
def test_the_means_is_what_let_somebody_in_or_what_was_shown(said: bytes, means: AccessMeans) -> None:
    facts = facts_of("access_decided", said)
    assert facts is not None
    assert facts.means is means


@pytest.mark.parametrize(
    ("cause", "reference"), [("override", ""), ("staff", "command 00ff"), ("duress", "")]
)
def test_a_barrier_opened_by_hand_is_an_access_by_its_cause(cause: str, reference: str) -> None:
    assert facts_of(*told(LaneOpened(cause, reference))) == AccessFacts("grant", cause, "", AccessMeans.STAFF)


@pytest.mark.parametrize(
    ("act", "staff", "why"),
    [
        (StaffActTaken("let_in", "wang", "papers_seen"), "wang", "papers_seen"),
        (StaffActTaken("let_in", "wang", "typed", "lost her keys"), "wang", "lost her keys"),
        (StaffActTaken("hold_open", "wang", "delivery", seconds=300.0), "wang", "delivery"),
    ],
)
def test_what_staff_open_by_name_is_an_access_with_who_and_why(
    act: StaffActTaken, staff: str, why: str
) -> None:
    facts = facts_of(*told(act))
    assert facts == AccessFacts("grant", "staff", "", AccessMeans.STAFF, staff=staff, why=why)
    for opened in (LaneOpened("staff", "17"), LaneOpened("staff")):
        assert facts_of(*told(opened)) is None, "the act is the access already"


@pytest.mark.parametrize(
    "event",
    [
        LaneOpened("grant", "12"),
        LaneOpened("fire"),
        LaneOpened("exit_request"),
        LaneClosed(),
        GateStopped(),
        _LOCKED,
    ],
)
def test_other_events_are_no_accesses(event: Any) -> None:
    assert facts_of(*told(event)) is None


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        encode_value({}),
        encode_value({"decision": "grant"}),
        encode_value({"decision": {"outcome": 7}}),
        encode_value({"decision": {"outcome": "grant"}, "evidence": {"direction": "up"}}),
        b"\x81" * 4000,
        b"\xc5" + encode_value({"decision": {"outcome": "grant"}}),
    ],
)
def test_what_nobody_can_read_is_none(said: bytes) -> None:
    assert facts_of("access_decided", said) is None


def test_what_a_later_version_adds_is_kept_as_far_as_it_is_understood() -> None:
    said = encode_value(
        {
            "decision": {"outcome": "escort", "reason": "new", "rule": "r", "by": "robot"},
            "evidence": {"direction": "exit", "gait": {"finding": "matched"}},
        }
    )
    assert facts_of("access_decided", said) == AccessFacts("escort", "new", "r", AccessMeans.NOTHING, "exit")


def test_what_a_database_would_refuse_or_choke_on_is_cut() -> None:
    decision = {"outcome": "deny", "reason": "x" * 9000, "rule": "a\0b", "subject_id": "s\0"}
    facts = facts_of("access_decided", encode_value({"decision": decision}))
    assert facts is not None
    assert (len(facts.reason), facts.rule, facts.subject) == (128, "ab", "s")
