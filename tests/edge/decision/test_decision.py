"""The rules of the gate, one table a rule: what changes from the ordinary Tuesday, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import (
    TEXTS,
    ClockTrust,
    Crowding,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    HomeIsolation,
    IsolationException,
    LastAccess,
    Mode,
    OccupancyRule,
    Outcome,
    PassbackKind,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Reason,
    Situation,
    Status,
    StatusRecord,
    Subject,
    TemperatureReading,
    WallTime,
    decide,
    identified_by,
    mode_at,
)
from edge.decision.policy import WEEK, AntiPassbackRule, GatePolicy, ModePeriod, StaleRule, StatusRule

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER

NOBODY = Evidence(Direction.ENTRY)
MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.7, runner_up=0.1, liveness=0.9)
CONFIRMED = FaceEvidence(
    FaceFinding.MATCHED,
    "li-na",
    score=0.7,
    runner_up=0.1,
    pass_score=0.7,
    pass_threshold=0.4,
    liveness=0.9,
)
GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="li-na")
VISITOR = PassEvidence(
    PassVerdict.GENUINE, kind=PassKind.VISITOR, pass_id="v1", subject_id="visitor:1", timed=True
)


def seen(face: FaceEvidence | None = None, code: PassEvidence | None = None) -> Evidence:
    return Evidence(Direction.ENTRY, face=face, code=code)


def test_an_empty_policy_denies_everybody(resident: Subject, situation: Situation) -> None:
    for evidence in (NOBODY, seen(MATCHED), seen(code=GENUINE), seen(CONFIRMED, GENUINE)):
        decision = decide(Policy(), resident, evidence, situation)
        assert (decision.outcome, decision.reason) == (DENY, Reason.POLICY_MISSING)


def test_a_gate_without_a_registry_denies(policy: Policy, resident: Subject, situation: Situation) -> None:
    decision = decide(policy, resident, seen(MATCHED), replace(situation, registry_age=None))
    assert (decision.outcome, decision.reason) == (DENY, Reason.REGISTRY_MISSING)


@pytest.mark.parametrize(
    ("gate", "evidence", "outcome", "reason"),
    [
        ("main", NOBODY, DENY, Reason.NOBODY_SEEN),
        ("main", seen(MATCHED), GRANT, Reason.FACE_MATCHED),
        ("main", seen(code=GENUINE), GRANT, Reason.CODE_ACCEPTED),
        ("main", seen(CONFIRMED, GENUINE), GRANT, Reason.FACE_AND_CODE_AGREE),
        ("main", seen(FaceEvidence(FaceFinding.UNKNOWN), GENUINE), GRANT, Reason.CODE_ACCEPTED),
        ("face", NOBODY, DENY, Reason.NOBODY_SEEN),
        ("face", seen(MATCHED), GRANT, Reason.FACE_MATCHED),
        ("face", seen(code=GENUINE), REFER, Reason.FACE_REQUIRED),  # a face is never the only way
        ("code", NOBODY, DENY, Reason.NOBODY_SEEN),
        ("code", seen(MATCHED), DENY, Reason.CODE_REQUIRED),
        ("code", seen(code=GENUINE), GRANT, Reason.CODE_ACCEPTED),
        ("both", NOBODY, DENY, Reason.NOBODY_SEEN),
        ("both", seen(MATCHED), DENY, Reason.CODE_REQUIRED),
        ("both", seen(code=GENUINE), DENY, Reason.FACE_REQUIRED),
        ("both", seen(CONFIRMED, GENUINE), GRANT, Reason.FACE_AND_CODE_AGREE),
        ("both", seen(MATCHED, GENUINE), REFER, Reason.FACE_NOT_ENROLLED),
        ("both", seen(replace(CONFIRMED, pass_score=0.2), GENUINE), DENY, Reason.FACE_CODE_MISMATCH),
        ("staffed", NOBODY, REFER, Reason.STAFF_DECIDES),
        ("staffed", seen(MATCHED), REFER, Reason.STAFF_DECIDES),
        ("free", NOBODY, GRANT, Reason.GATE_FREE),
        ("free", seen(FaceEvidence(FaceFinding.UNKNOWN)), GRANT, Reason.GATE_FREE),
        ("locked", seen(CONFIRMED, GENUINE), DENY, Reason.GATE_LOCKED),
    ],
)
def test_each_mode_asks_for_its_own(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    gate: str,
    evidence: Evidence,
    outcome: Outcome,
    reason: Reason,
) -> None:
    subject = resident if identified_by(evidence) else None
    decision = decide(policy, subject, evidence, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (PassVerdict.FORGED, Reason.PASS_FORGED),
        (PassVerdict.EXPIRED, Reason.PASS_EXPIRED),
        (PassVerdict.NOT_YET_VALID, Reason.PASS_NOT_YET_VALID),
        (PassVerdict.REVOKED, Reason.PASS_REVOKED),
        (PassVerdict.UNTRUSTED_ISSUER, Reason.PASS_ISSUER_UNTRUSTED),
        (PassVerdict.UNREADABLE, Reason.PASS_UNREADABLE),
        (PassVerdict.NOT_A_PASS, Reason.NOT_A_PASS),
        (PassVerdict.TOO_LONG, Reason.CODE_TOO_LONG),
        (PassVerdict.OTHER_SITE, Reason.PASS_OTHER_SITE),
        (PassVerdict.NOT_FRESH, Reason.PASS_NOT_FRESH),
        (PassVerdict.INSUFFICIENT, Reason.CERTIFICATE_INSUFFICIENT),
        (PassVerdict.CLOCK_UNSURE, Reason.CLOCK_UNTRUSTED),
        (PassVerdict.SEVERAL, Reason.SEVERAL_CODES),
        (PassVerdict.UNKNOWN_CODE, Reason.CODE_UNKNOWN),
        (PassVerdict.KEYPAD_RESTS, Reason.KEYPAD_RESTS),
    ],
)
def test_every_bad_code_is_refused_for_its_own_reason(
    policy: Policy, situation: Situation, verdict: PassVerdict, reason: Reason
) -> None:
    decision = decide(policy, None, seen(code=PassEvidence(verdict)), situation)
    assert (decision.outcome, decision.reason) == (DENY, reason)


@pytest.mark.parametrize("gate", ["main", "face"])
def test_a_certificate_of_a_person_unknown_is_for_the_staff(
    policy: Policy, situation: Situation, gate: str
) -> None:
    shown = seen(code=PassEvidence(PassVerdict.HOLDER_UNKNOWN))
    decision = decide(policy, None, shown, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (REFER, Reason.CERTIFICATE_HOLDER)


def test_every_verdict_but_genuine_denies_whatever_the_face(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    """A poster in view, or half a certificate, is not held against a face; a forged or spent pass is."""
    for verdict in set(PassVerdict) - {PassVerdict.GENUINE}:
        decision = decide(policy, resident, seen(MATCHED, PassEvidence(verdict)), situation)
        harmless = verdict in {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE}
        assert (decision.outcome is GRANT) == harmless, verdict


@pytest.mark.parametrize(
    ("finding", "outcome", "reason"),
    [
        (FaceFinding.UNKNOWN, DENY, Reason.FACE_UNKNOWN),
        (FaceFinding.AMBIGUOUS, DENY, Reason.FACE_AMBIGUOUS),
        (FaceFinding.SEVERAL, DENY, Reason.SEVERAL_FACES),
        (FaceFinding.SPOOF, REFER, Reason.FACE_NOT_LIVE),
    ],
)
@pytest.mark.parametrize("gate", ["main", "face"])
def test_every_unusable_face_says_why(
    policy: Policy,
    situation: Situation,
    gate: str,
    finding: FaceFinding,
    outcome: Outcome,
    reason: Reason,
) -> None:
    decision = decide(policy, None, seen(FaceEvidence(finding)), replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize("problem", list(FaceProblem))
@pytest.mark.parametrize("gate", ["main", "face"])
def test_every_problem_of_a_face_is_told_by_its_own_reason(
    policy: Policy, situation: Situation, gate: str, problem: FaceProblem
) -> None:
    face = FaceEvidence(FaceFinding.UNUSABLE, problem=problem)
    decision = decide(policy, None, seen(face), replace(situation, gate=gate))
    assert (decision.outcome, decision.reason, decision.rule) == (DENY, f"face_{problem}", f"face.{problem}")
    assert TEXTS[decision.reason] == problem.gate


def test_a_borrowed_pass_is_refused_where_the_camera_knows_its_bearer(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    somebody_else = replace(MATCHED, subject_id="wang-wei", pass_score=0.1)
    decision = decide(policy, resident, seen(somebody_else, GENUINE), situation)
    assert (decision.outcome, decision.reason) == (DENY, Reason.FACE_CODE_MISMATCH)


@pytest.mark.parametrize(
    ("face", "outcome", "reason"),
    [
        (None, DENY, Reason.FACE_REQUIRED),
        (FaceEvidence(FaceFinding.UNUSABLE, problem=FaceProblem.BLURRED), DENY, Reason.FACE_BLURRED),
        (
            FaceEvidence(FaceFinding.UNKNOWN, pass_score=0.1, pass_threshold=0.4),
            DENY,
            Reason.FACE_CODE_MISMATCH,
        ),
        (
            FaceEvidence(FaceFinding.UNKNOWN, pass_score=0.6, pass_threshold=0.4, liveness=0.9),
            GRANT,
            Reason.FACE_AND_CODE_AGREE,
        ),
    ],
)
def test_a_face_bound_pass_needs_its_face_at_every_gate(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    face: FaceEvidence | None,
    outcome: Outcome,
    reason: Reason,
) -> None:
    for gate in ("main", "code", "both"):
        evidence = seen(face, replace(GENUINE, face_bound=True))
        decision = decide(policy, resident, evidence, replace(situation, gate=gate))
        assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gates": frozenset({"north"})}, Reason.PASS_OTHER_GATE),
        ({"once": True, "used": True}, Reason.PASS_USED),
    ],
)
def test_a_genuine_pass_is_refused_where_it_does_not_hold(
    policy: Policy, resident: Subject, situation: Situation, change: dict[str, object], reason: Reason
) -> None:
    decision = decide(policy, resident, seen(code=replace(GENUINE, **change)), situation)
    assert (decision.outcome, decision.reason) == (DENY, reason)


@pytest.mark.parametrize(
    ("status", "entry", "leaving"),
    [
        (Status.GREEN, GRANT, GRANT),
        (Status.YELLOW, REFER, GRANT),
        (Status.RED, DENY, GRANT),
        (Status.EXPIRED, DENY, GRANT),
        (Status.ABSENT, REFER, GRANT),
        (Status.FAILED, REFER, GRANT),
        (Status.TIMEOUT, REFER, GRANT),
    ],
)
def test_each_status_has_its_rule_each_way(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    status: Status,
    entry: Outcome,
    leaving: Outcome,
) -> None:
    record = StatusRecord(status, "city platform", "contact tracing", "2020-03", NOON - HOUR)
    subject = replace(resident, status=record)
    for direction, expected in ((Direction.ENTRY, entry), (Direction.EXIT, leaving)):
        decision = decide(policy, subject, Evidence(direction, face=MATCHED), situation)
        assert decision.outcome is expected
        assert decision.status is status
        if expected is not GRANT:
            assert decision.reason == f"status_{status}"
            assert decision.grounds == record, "the source of a status stands in its denial"


def test_every_status_without_a_rule_denies(policy: Policy, resident: Subject, situation: Situation) -> None:
    decision = decide(replace(policy, statuses={}), resident, seen(MATCHED), situation)
    assert (decision.outcome, decision.rule) == (DENY, "statuses")


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [
        (NOON - HOUR, None, Status.GREEN),
        (NOON, NOON + HOUR, Status.GREEN),  # the start is inclusive
        (NOON - HOUR, NOON, Status.EXPIRED),  # the end is exclusive
        (NOON + HOUR, None, Status.ABSENT),
    ],
)
def test_a_status_holds_from_its_start_to_before_its_end(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    since: datetime,
    until: datetime | None,
    status: Status,
) -> None:
    subject = replace(resident, status=StatusRecord(Status.GREEN, "office", "", "r", since, until))
    assert decide(policy, subject, seen(MATCHED), situation).status is status


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "outcome", "reason"),
    [
        (None, None, GRANT, Reason.FACE_MATCHED),
        (NOON, NOON + HOUR, GRANT, Reason.FACE_MATCHED),
        (NOON + HOUR, None, DENY, Reason.SUBJECT_NOT_YET_VALID),
        (None, NOON, DENY, Reason.SUBJECT_EXPIRED),
    ],
)
def test_a_permit_holds_from_its_start_to_before_its_end(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    valid_from: datetime | None,
    valid_until: datetime | None,
    outcome: Outcome,
    reason: Reason,
) -> None:
    subject = replace(resident, valid_from=valid_from, valid_until=valid_until)
    decision = decide(policy, subject, seen(MATCHED), situation)
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("direction", "exceptions", "outcome", "alarm"),
    [
        (Direction.EXIT, (), DENY, True),
        (Direction.ENTRY, (), GRANT, False),  # coming home is what the order wants
        (Direction.EXIT, (IsolationException("hospital", NOON, NOON + HOUR),), GRANT, False),
        (Direction.EXIT, (IsolationException("hospital", NOON - HOUR, NOON),), DENY, True),
    ],
)
def test_home_isolation_refuses_the_exit_and_alarms(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    direction: Direction,
    exceptions: tuple[IsolationException, ...],
    outcome: Outcome,
    alarm: bool,
) -> None:
    order = HomeIsolation("district", NOON - HOUR, NOON + 14 * 24 * HOUR, exceptions)
    subject = replace(resident, isolation=order)
    for gate in ("main", "free"):
        decision = decide(policy, subject, Evidence(direction, face=MATCHED), replace(situation, gate=gate))
        assert (decision.outcome, decision.alarm) == (outcome, alarm)
        if outcome is DENY:
            assert decision.reason is Reason.HOME_ISOLATION


@pytest.mark.parametrize(
    ("groups", "hour", "outcome", "reason"),
    [
        ({"resident"}, 3, GRANT, Reason.FACE_MATCHED),
        ({"cleaner"}, 6, GRANT, Reason.FACE_MATCHED),
        ({"cleaner"}, 10, DENY, Reason.OUTSIDE_HOURS),
        ({"courier"}, 12, DENY, Reason.GROUP_NOT_ALLOWED),
        (set(), 12, DENY, Reason.GROUP_NOT_ALLOWED),
    ],
)
def test_groups_have_gates_and_hours(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    groups: set[str],
    hour: int,
    outcome: Outcome,
    reason: Reason,
) -> None:
    wall = WallTime(NOON.replace(hour=hour), ClockTrust.TRUSTED)
    subject = replace(resident, groups=frozenset(groups))
    decision = decide(policy, subject, seen(MATCHED), replace(situation, wall=wall))
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_a_visitor_is_let_in_by_the_pass_alone(policy: Policy, situation: Situation) -> None:
    assert decide(policy, None, seen(code=VISITOR), situation).outcome is GRANT


def test_a_visitor_pass_does_not_make_a_visitor_of_a_resident_who_was_removed(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    """Denied by their record while it was there, they are not let in by its absence (decision 0038)."""
    named = seen(code=replace(VISITOR, subject_id="li-na"))
    red = replace(resident, status=StatusRecord(Status.RED, "city", "", "r", NOON - HOUR))
    assert decide(policy, red, named, situation).reason is Reason.STATUS_RED
    decision = decide(policy, None, named, situation)
    assert (decision.outcome, decision.reason) == (DENY, Reason.SUBJECT_UNKNOWN)


@pytest.mark.parametrize("mode", [None, Mode.FREE, Mode.FACE_OR_CODE])
def test_a_gate_that_the_policy_does_not_name_lets_nobody_in_whatever_is_ordered(
    policy: Policy, resident: Subject, situation: Situation, mode: Mode | None
) -> None:
    elsewhere = replace(situation, gate="unnamed", ordered_mode=mode)
    decision = decide(policy, resident, seen(MATCHED), elsewhere)
    assert (decision.outcome, decision.reason) == (DENY, Reason.POLICY_MISSING)


@pytest.mark.parametrize("gate", ["main", "face", "code", "both"])
@pytest.mark.parametrize(("bound", "flagged"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("score", [None, 0.1, 0.7])
def test_a_face_that_is_another_persons_is_no_confirmation_at_any_gate(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    gate: str,
    bound: bool,
    flagged: bool,
    score: float | None,
) -> None:
    """However like the holder of the pass it is too, and however much more is asked of them."""
    somebody_else = replace(MATCHED, subject_id="wang-wei", pass_score=score, pass_threshold=0.4)
    evidence = seen(somebody_else, replace(GENUINE, face_bound=bound))
    subject = replace(resident, second_factor=flagged)
    decision = decide(policy, subject, evidence, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (DENY, Reason.FACE_CODE_MISMATCH)


def test_a_resident_pass_of_somebody_removed_is_refused(policy: Policy, situation: Situation) -> None:
    decision = decide(policy, None, seen(code=GENUINE), situation)
    assert (decision.outcome, decision.reason) == (DENY, Reason.SUBJECT_UNKNOWN)


@pytest.mark.parametrize(
    ("age", "expired", "code", "outcome", "reason"),
    [
        (timedelta(days=6), False, VISITOR, GRANT, Reason.CODE_ACCEPTED),
        (timedelta(days=8), False, VISITOR, DENY, Reason.REGISTRY_STALE),
        (timedelta(days=1), True, VISITOR, DENY, Reason.REGISTRY_STALE),
        (timedelta(days=8), True, replace(GENUINE, once=True), DENY, Reason.REGISTRY_STALE),
        (timedelta(days=80), True, GENUINE, GRANT, Reason.CODE_ACCEPTED),  # residents go on
    ],
)
def test_an_old_registry_refuses_guests_and_goes_on_for_residents(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    age: timedelta,
    expired: bool,
    code: PassEvidence,
    outcome: Outcome,
    reason: Reason,
) -> None:
    subject = resident if code.kind is PassKind.RESIDENT else None
    stale = replace(situation, registry_age=age, registry_expired=expired)
    decision = decide(policy, subject, seen(code=code), stale)
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_a_registry_beyond_the_declared_age_closes_the_gate_and_alarms(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    closing = replace(policy, stale=StaleRule(close_after=86_400, closed=REFER))
    for age, outcome in ((timedelta(days=1), GRANT), (timedelta(days=1, seconds=1), REFER)):
        decision = decide(closing, resident, seen(MATCHED), replace(situation, registry_age=age))
        assert decision.outcome is outcome
        assert decision.alarm == (outcome is REFER)


UNSURE = WallTime(datetime(1970, 1, 1, 0, 5, tzinfo=UTC), ClockTrust.UNTRUSTED)


def at_1970(situation: Situation) -> Situation:
    """The same registry, by a clock that was never set: its age is counted by that clock."""
    assert situation.registry_age is not None
    issued = situation.wall.at - situation.registry_age
    return replace(situation, wall=UNSURE, registry_age=UNSURE.at - issued)


def test_at_1970_untimed_residents_pass_and_timed_permits_do_not(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    unsure = at_1970(situation)
    assert decide(policy, resident, seen(MATCHED), unsure).outcome is GRANT
    timed = replace(resident, valid_until=NOON + HOUR)
    decision = decide(policy, timed, seen(MATCHED), unsure)
    assert (decision.outcome, decision.reason) == (REFER, Reason.CLOCK_UNTRUSTED)
    decision = decide(policy, None, seen(code=VISITOR), unsure)
    assert (decision.outcome, decision.reason) == (DENY, Reason.CLOCK_UNTRUSTED)


def test_at_1970_a_red_code_is_still_red_and_isolation_still_holds(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    unsure = at_1970(situation)
    red = replace(resident, status=StatusRecord(Status.RED, "city", "", "r", NOON))
    assert decide(policy, red, seen(MATCHED), unsure).reason is Reason.STATUS_RED
    excepted = IsolationException("hospital", datetime(1970, 1, 1, tzinfo=UTC), NOON)
    isolated = replace(resident, isolation=HomeIsolation("district", NOON, None, (excepted,)))
    decision = decide(policy, isolated, Evidence(Direction.EXIT, face=MATCHED), unsure)
    assert decision.reason is Reason.HOME_ISOLATION


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        (TemperatureReading(36.6, again=36.7), GRANT),
        (TemperatureReading(37.3, again=37.3), REFER),
        (TemperatureReading(39.0, again=36.9), GRANT),  # the lower of the two counts
        (TemperatureReading(39.0), GRANT),  # once measured has no consequence
        (TemperatureReading(39.0, valid=False, why="ambient", again=39.0), GRANT),
    ],
)
def test_temperature_counts_where_two_valid_measurements_agree(
    policy: Policy, resident: Subject, situation: Situation, reading: TemperatureReading, outcome: Outcome
) -> None:
    evidence = replace(seen(MATCHED), temperature=reading)
    decision = decide(policy, resident, evidence, situation)
    assert decision.outcome is outcome
    assert (decision.reason is Reason.TEMPERATURE_HIGH) is (outcome is REFER)


STAFF = frozenset({"staff"})


@pytest.mark.parametrize(
    ("crowding", "direction", "rule", "outcome"),
    [
        (Crowding.ROOM, Direction.ENTRY, OccupancyRule(stop=10), GRANT),
        (Crowding.WARNED, Direction.ENTRY, OccupancyRule(stop=10), GRANT),
        (Crowding.STOPPED, Direction.ENTRY, OccupancyRule(stop=10), REFER),
        (Crowding.STOPPED, Direction.ENTRY, OccupancyRule(stop=10, at_stop=DENY), DENY),
        (Crowding.STOPPED, Direction.EXIT, OccupancyRule(stop=10, at_stop=DENY), GRANT),  # nobody is kept in
        (
            Crowding.STOPPED,
            Direction.ENTRY,
            OccupancyRule(stop=10, exempt=frozenset({"resident"})),
            GRANT,
        ),
        (Crowding.STOPPED, Direction.ENTRY, OccupancyRule(stop=10, exempt=STAFF), REFER),
    ],
)
@pytest.mark.parametrize("gate", ["main", "free"])
def test_a_full_site_keeps_people_out_and_nobody_in(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    crowding: Crowding,
    direction: Direction,
    rule: OccupancyRule,
    outcome: Outcome,
    gate: str,
) -> None:
    evidence = Evidence(direction, face=MATCHED)
    full = replace(situation, gate=gate, crowding=crowding)
    decision = decide(replace(policy, occupancy=rule), resident, evidence, full)
    assert decision.outcome is outcome
    if outcome is not GRANT:
        assert (decision.reason, decision.rule) == (Reason.SITE_FULL, "occupancy.stop")


MINUTE = timedelta(minutes=1)
HARD = AntiPassbackRule(PassbackKind.HARD)
TIMED = AntiPassbackRule(PassbackKind.TIMED, minutes=5)
IN, OUT = Direction.ENTRY, Direction.EXIT


@pytest.mark.parametrize(
    ("rule", "last", "age", "direction", "outcome"),
    [
        (HARD, None, MINUTE, IN, GRANT),  # never seen to pass
        (HARD, OUT, MINUTE, IN, GRANT),
        (HARD, IN, MINUTE, IN, REFER),
        (HARD, IN, 900 * 24 * HOUR, IN, REFER),
        (HARD, IN, -HOUR, IN, REFER),  # the clock was put back: the order of the passages stands
        (HARD, OUT, MINUTE, OUT, GRANT),  # by default nobody is kept in
        (replace(HARD, exit=DENY), OUT, MINUTE, OUT, DENY),
        (replace(HARD, entry=DENY), IN, MINUTE, IN, DENY),
        (replace(HARD, forgive_after=3600), IN, HOUR - MINUTE, IN, REFER),
        (replace(HARD, forgive_after=3600), IN, HOUR, IN, GRANT),
        (replace(HARD, exempt=frozenset({"resident"})), IN, MINUTE, IN, GRANT),
        (replace(HARD, exempt=STAFF), IN, MINUTE, IN, REFER),
        (TIMED, IN, 5 * MINUTE - timedelta(seconds=1), IN, REFER),
        (TIMED, IN, 5 * MINUTE, IN, GRANT),
        (TIMED, OUT, MINUTE, IN, GRANT),
        (TIMED, IN, -HOUR, IN, REFER),  # the same: no time that one could name has passed
        (AntiPassbackRule(PassbackKind.SOFT, entry=DENY), IN, MINUTE, IN, GRANT),
        (AntiPassbackRule(entry=DENY), IN, MINUTE, IN, GRANT),  # off
    ],
)
def test_the_same_way_a_second_time(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    rule: AntiPassbackRule,
    last: Direction | None,
    age: timedelta,
    direction: Direction,
    outcome: Outcome,
) -> None:
    passage = None if last is None else LastAccess(last, NOON - age, ClockTrust.TRUSTED, "north")
    evidence = Evidence(direction, face=MATCHED)
    decision = decide(
        replace(policy, anti_passback=rule), resident, evidence, replace(situation, last_access=passage)
    )
    assert decision.outcome is outcome
    if outcome is not GRANT:
        assert decision.reason is Reason.ANTI_PASSBACK
        assert decision.rule == f"anti_passback.{direction}"


@pytest.mark.parametrize("rule", [HARD, TIMED, replace(HARD, forgive_after=60)])
def test_with_an_unsure_clock_no_time_has_passed_that_would_forgive(
    policy: Policy, resident: Subject, situation: Situation, rule: AntiPassbackRule
) -> None:
    for then, now in ((ClockTrust.UNTRUSTED, ClockTrust.TRUSTED), (ClockTrust.TRUSTED, ClockTrust.UNTRUSTED)):
        passage = LastAccess(IN, NOON - 900 * MINUTE, then, "main")
        unsure = replace(situation, last_access=passage, wall=WallTime(NOON, now))
        decision = decide(replace(policy, anti_passback=rule), resident, seen(MATCHED), unsure)
        assert (decision.outcome, decision.reason) == (REFER, Reason.ANTI_PASSBACK)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (OccupancyRule, {"warn": 20, "stop": 10}),
        (OccupancyRule, {"stop": 0}),
        (OccupancyRule, {"stop": 10, "relief": 11}),
        (OccupancyRule, {"stop": 10, "relief": -1}),
        (OccupancyRule, {"stop": 10, "at_stop": "grant"}),
        (AntiPassbackRule, {"kind": "timed", "minutes": 0}),
        (AntiPassbackRule, {"kind": "hard", "forgive_after": -1}),
        (AntiPassbackRule, {"kind": "harsh"}),
    ],
)
def test_limits_that_cannot_be_are_refused_with_the_policy(kind: type, table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, kind)


def test_a_denial_outranks_a_referral_that_comes_before_it(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    yellow = StatusRecord(Status.YELLOW, "city", "", "r", NOON - HOUR)
    subject = replace(resident, status=yellow, groups=frozenset({"courier"}))
    decision = decide(policy, subject, seen(MATCHED), situation)
    assert (decision.outcome, decision.reason) == (DENY, Reason.GROUP_NOT_ALLOWED)


def test_the_first_scheduled_mode_that_holds_wins(policy: Policy, situation: Situation) -> None:
    night = ModePeriod(Mode.LOCKED, Period(start=time(23), end=time(5)))
    out = ModePeriod(Mode.FREE, Period(), direction=Direction.EXIT)
    gate = GatePolicy(Mode.FACE_OR_CODE, (night, out))
    cases = [
        (2, Direction.EXIT, Mode.LOCKED, "gates.main.schedule[0]"),
        (12, Direction.EXIT, Mode.FREE, "gates.main.schedule[1]"),
        (12, Direction.ENTRY, Mode.FACE_OR_CODE, "gates.main.mode"),
    ]
    for hour, direction, mode, rule in cases:
        wall = WallTime(NOON.replace(hour=hour), ClockTrust.TRUSTED)
        at_hour = replace(situation, wall=wall)
        assert mode_at(policy, gate, direction, at_hour, "main") == (mode, rule)


_evidence = st.builds(
    Evidence,
    direction=st.sampled_from(Direction),
    face=st.none()
    | st.builds(
        FaceEvidence,
        finding=st.sampled_from(sorted(set(FaceFinding) - {FaceFinding.MATCHED, FaceFinding.UNUSABLE})),
        pass_score=st.none() | st.floats(-1, 0.39),
        pass_threshold=st.just(0.4),
    )
    | st.builds(
        FaceEvidence, finding=st.just(FaceFinding.UNUSABLE), problem=st.sampled_from(list(FaceProblem))
    ),
    code=st.none()
    | st.builds(
        PassEvidence,
        verdict=st.sampled_from([item for item in PassVerdict if item is not PassVerdict.GENUINE]),
    ),
)


@given(evidence=_evidence, gate=st.sampled_from(["main", "face", "code", "both", "staffed", "locked"]))
def test_nobody_is_granted_without_a_matched_face_or_a_genuine_pass(evidence: Evidence, gate: str) -> None:
    generous = Policy(
        gates={name: GatePolicy(Mode(mode)) for name, mode in _MODES.items()},
        statuses={status: StatusRule(GRANT, GRANT) for status in Status},
    )
    situation = Situation("s", gate, WallTime(NOON, ClockTrust.TRUSTED), timedelta(0))
    assert decide(generous, None, evidence, situation).outcome is not GRANT


_MODES = {
    "main": "face_or_code",
    "face": "face",
    "code": "code",
    "both": "face_and_code",
    "staffed": "staffed",
    "locked": "locked",
}


def test_every_weekday_is_a_day_of_the_week() -> None:
    assert len(WEEK) == 7
