"""One encounter as the rules see it: who it is, which mode holds, and which times have passed for certain."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Situation,
    Status,
    StatusRecord,
    Subject,
    WallTime,
)
from edge.decision.case import Case, case_of, identified_by
from edge.decision.policy import GatePolicy, ModePeriod
from tests.edge.decision.conftest import TUESDAY_NOON

HOUR = timedelta(hours=1)
GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="by-pass")
FORGED = PassEvidence(PassVerdict.FORGED, pass_id="p1", subject_id="by-pass")
MATCHED = FaceEvidence(FaceFinding.MATCHED, "by-face")
CONFIRMED = FaceEvidence(FaceFinding.UNKNOWN, pass_score=0.5, pass_threshold=0.5)
NOBODY = Evidence(Direction.ENTRY)


def unsure(situation: Situation) -> Situation:
    return replace(situation, wall=replace(situation.wall, trust=ClockTrust.UNTRUSTED))


@pytest.mark.parametrize(
    ("face", "code", "who"),
    [
        (None, None, None),
        (MATCHED, None, "by-face"),
        (None, GENUINE, "by-pass"),
        (MATCHED, GENUINE, "by-pass"),  # what is signed counts before what looks alike
        (MATCHED, FORGED, "by-face"),
        (None, FORGED, None),
        (FaceEvidence(FaceFinding.UNKNOWN), None, None),
        (CONFIRMED, None, None),
    ],
)
def test_who_it_is(face: FaceEvidence | None, code: PassEvidence | None, who: str | None) -> None:
    assert identified_by(Evidence(Direction.ENTRY, face=face, code=code)) == who


# --- the mode -------------------------------------------------------------------------------

MORNING = Period(start=time(6), end=time(13))
SCHEDULE = (
    ModePeriod(Mode.LOCKED, MORNING, Direction.EXIT),
    ModePeriod(Mode.STAFFED, MORNING),
    ModePeriod(Mode.FREE, Period()),
)


@pytest.mark.parametrize(
    ("hour", "direction", "ordered", "trust", "mode", "rule"),
    [
        (12, Direction.EXIT, None, ClockTrust.TRUSTED, Mode.LOCKED, "gates.main.schedule[0]"),
        (12, Direction.ENTRY, None, ClockTrust.TRUSTED, Mode.STAFFED, "gates.main.schedule[1]"),
        (12, Direction.ENTRY, None, ClockTrust.HOLDOVER, Mode.STAFFED, "gates.main.schedule[1]"),
        (13, Direction.EXIT, None, ClockTrust.TRUSTED, Mode.FREE, "gates.main.schedule[2]"),
        (12, Direction.ENTRY, None, ClockTrust.UNTRUSTED, Mode.CODE, "gates.main.mode"),
        (12, Direction.ENTRY, Mode.FACE, ClockTrust.TRUSTED, Mode.FACE, "command.set_mode"),
        (12, Direction.ENTRY, Mode.FACE, ClockTrust.UNTRUSTED, Mode.FACE, "command.set_mode"),
    ],
)
def test_an_ordered_mode_comes_first_then_the_schedule_then_the_gates_own(
    policy: Policy,
    situation: Situation,
    hour: int,
    direction: Direction,
    ordered: Mode | None,
    trust: ClockTrust,
    mode: Mode,
    rule: str,
) -> None:
    now = datetime(2026, 3, 3, hour, tzinfo=UTC)
    case = case_of(
        replace(policy, gates={"main": GatePolicy(Mode.CODE, SCHEDULE)}),
        None,
        Evidence(direction),
        replace(situation, wall=WallTime(now, trust), ordered_mode=ordered),
    )
    assert (case.mode, case.mode_rule) == (mode, rule)


def test_a_schedule_is_in_the_sites_own_time(policy: Policy, situation: Situation) -> None:
    """Noon UTC is eight in the evening in Shanghai."""
    there = replace(policy, time_zone="Asia/Shanghai", gates={"main": GatePolicy(Mode.CODE, SCHEDULE)})
    assert case_of(there, None, NOBODY, situation).mode is Mode.FREE


def test_a_gate_that_the_policy_does_not_name_is_locked(policy: Policy, situation: Situation) -> None:
    assert case_of(policy, None, NOBODY, replace(situation, gate="elsewhere")).mode is Mode.LOCKED


# --- the status, and times that have passed ---------------------------------------------------


def status(until: timedelta | None) -> Subject:
    """Yellow until so long after noon."""
    ends = None if until is None else TUESDAY_NOON + until
    return Subject("li-na", status=StatusRecord(Status.YELLOW, "o", "", "r", TUESDAY_NOON - 9 * HOUR, ends))


@pytest.mark.parametrize(
    ("until", "sure", "not_sure"),
    [
        (None, Status.YELLOW, Status.YELLOW),
        (HOUR, Status.YELLOW, Status.YELLOW),
        (timedelta(0), Status.EXPIRED, Status.YELLOW),
        (-HOUR, Status.EXPIRED, Status.EXPIRED),  # the registry was issued an hour ago
        (-2 * HOUR, Status.EXPIRED, Status.EXPIRED),
    ],
)
def test_an_unsure_clock_ends_no_status_that_had_not_ended_before_the_registry(
    policy: Policy, situation: Situation, until: timedelta | None, sure: Status, not_sure: Status
) -> None:
    assert case_of(policy, status(until), NOBODY, situation).status is sure
    assert case_of(policy, status(until), NOBODY, unsure(situation)).status is not_sure


def test_who_has_no_record_has_no_code_and_who_is_unknown_no_status(
    policy: Policy, situation: Situation
) -> None:
    for known in (situation, unsure(situation)):
        assert case_of(policy, Subject("li-na"), NOBODY, known).status is Status.ABSENT
        assert case_of(policy, None, NOBODY, known).status is None


def test_which_time_has_passed_for_certain(policy: Policy, situation: Situation) -> None:
    def earliest(known: Situation) -> datetime:
        return case_of(policy, None, NOBODY, known).earliest

    assert earliest(situation) == TUESDAY_NOON
    assert earliest(unsure(situation)) == TUESDAY_NOON - HOUR
    assert earliest(unsure(replace(situation, registry_age=None))) == datetime.min.replace(tzinfo=UTC)


# --- what is asked of it ----------------------------------------------------------------------


def case(
    policy: Policy, situation: Situation, gate: str, evidence: Evidence, subject: Subject | None
) -> Case:
    return case_of(policy, subject, evidence, replace(situation, gate=gate))


@pytest.mark.parametrize(
    ("gate", "flagged", "bound", "both", "with_face"),
    [
        ("main", False, False, False, False),
        ("main", True, False, True, True),
        ("face", True, False, True, True),
        ("code", True, False, False, False),
        ("free", True, False, False, False),
        ("both", False, False, False, True),
        ("code", False, True, False, True),
    ],
)
def test_where_a_code_alone_does_not_suffice(
    policy: Policy,
    situation: Situation,
    gate: str,
    flagged: bool,
    bound: bool,
    both: bool,
    with_face: bool,
) -> None:
    found = case(
        policy,
        situation,
        gate,
        Evidence(Direction.ENTRY, code=replace(GENUINE, face_bound=bound)),
        Subject("by-pass", second_factor=flagged),
    )
    assert (found.needs_both, found.needs_face_with_code) == (both, with_face)


@pytest.mark.parametrize(
    ("code", "genuine", "visitor"),
    [
        (None, False, False),
        (GENUINE, True, False),
        (replace(GENUINE, kind=PassKind.VISITOR), True, True),
        (replace(FORGED, kind=PassKind.VISITOR), False, False),
    ],
)
def test_who_comes_as_a_visitor(
    policy: Policy, situation: Situation, code: PassEvidence | None, genuine: bool, visitor: bool
) -> None:
    found = case(policy, situation, "main", Evidence(Direction.ENTRY, code=code), None)
    assert (found.genuine, found.visitor) == (genuine, visitor)


@pytest.mark.parametrize(
    ("face", "confirms"),
    [
        (None, False),
        (CONFIRMED, True),
        (replace(CONFIRMED, pass_score=0.49), False),
        (replace(CONFIRMED, enough=False), False),
        (replace(CONFIRMED, finding=FaceFinding.SPOOF), False),
        (MATCHED, False),
    ],
)
def test_whose_face_confirms_the_pass(
    policy: Policy, situation: Situation, face: FaceEvidence | None, confirms: bool
) -> None:
    found = case(policy, situation, "main", Evidence(Direction.ENTRY, face=face, code=GENUINE), None)
    assert found.face_confirms is confirms
