"""What a clock that cannot be believed leaves open: beside each row, what a sure clock says at some time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    HomeIsolation,
    Mode,
    Outcome,
    PassEvidence,
    PassVerdict,
    Period,
    Policy,
    Reason,
    Situation,
    Status,
    StatusRecord,
    Subject,
    WallTime,
    decide,
)
from edge.decision.policy import GatePolicy, ModePeriod, StaleRule

GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER
ISSUED = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
NOON, HOUR, DAY = ISSUED + timedelta(hours=1), timedelta(hours=1), timedelta(days=1)
FACE = Evidence(Direction.ENTRY, face=FaceEvidence(FaceFinding.MATCHED, "li-na", liveness=0.9))
NOBODY = Evidence(Direction.ENTRY)
CODE = PassEvidence(PassVerdict.GENUINE, subject_id="li-na")
NIGHT = ModePeriod(Mode.LOCKED, Period(start=time(22), end=time(6)))


def since(begin: datetime, until: datetime | None = None) -> StatusRecord:
    return StatusRecord(Status.GREEN, "office", "", "r", begin, until)


def asked(
    policy: Policy, subject: Subject, evidence: Evidence, situation: Situation, wall: WallTime
) -> Decision:
    """Decided by another clock: the registry's age is counted by the same one."""
    return decide(policy, subject, evidence, replace(situation, wall=wall, registry_age=wall.at - ISSUED))


def by_an_unsure_clock(
    policy: Policy, subject: Subject, evidence: Evidence, situation: Situation
) -> Decision:
    """The same, whatever time that clock claims."""
    times = (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), ISSUED, NOON, ISSUED + 4000 * DAY)
    said = {asked(policy, subject, evidence, situation, WallTime(at, ClockTrust.UNTRUSTED)) for at in times}
    assert len(said) == 1, said
    return said.pop()


@pytest.mark.parametrize(
    ("change", "sure_at", "sure", "unsure"),
    [
        # What began before the registry was issued, and has no end, holds at any time.
        ({}, NOON, GRANT, GRANT),
        ({"status": since(ISSUED)}, NOON, GRANT, GRANT),
        ({"valid_from": ISSUED}, NOON, GRANT, GRANT),
        # What begins later has perhaps not begun; what has an end has perhaps ended.
        ({"status": since(ISSUED + DAY)}, NOON, DENY, REFER),
        ({"status": since(ISSUED - DAY, ISSUED + DAY)}, ISSUED + 2 * DAY, DENY, REFER),
        ({"valid_from": ISSUED + DAY}, NOON, DENY, REFER),
        ({"valid_until": ISSUED + DAY}, ISSUED + 2 * DAY, DENY, REFER),
        # What ended before the registry was issued has ended.
        ({"status": since(ISSUED - 2 * DAY, ISSUED)}, NOON, DENY, DENY),
        ({"valid_until": ISSUED}, NOON, DENY, DENY),
    ],
)
@pytest.mark.parametrize("gate", ["main", "free"])
def test_a_permit_and_a_status_hold_if_they_hold_at_every_time_since_the_registry(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    gate: str,
    change: dict[str, object],
    sure_at: datetime,
    sure: Outcome,
    unsure: Outcome,
) -> None:
    if gate == "free" and "status" not in change:
        sure = unsure = GRANT  # nobody asks for permits there
    strict = replace(policy, statuses={Status.GREEN: policy.statuses[Status.GREEN]})
    at_gate, subject = replace(situation, gate=gate), replace(resident, **change)
    wall = WallTime(sure_at, ClockTrust.TRUSTED)
    assert asked(strict, subject, FACE, at_gate, wall).outcome is sure
    decision = by_an_unsure_clock(strict, subject, FACE, at_gate)
    assert decision.outcome is unsure
    if unsure is REFER:
        assert (decision.reason, decision.rule) == (Reason.CLOCK_UNTRUSTED, "untrusted_clock")


@pytest.mark.parametrize(("mode", "evidence"), [(Mode.FREE, NOBODY), (Mode.FREE, FACE), (Mode.FACE, FACE)])
def test_a_gate_that_is_locked_by_schedule_opens_for_nobody_when_the_hour_is_unknown(
    policy: Policy, resident: Subject, situation: Situation, mode: Mode, evidence: Evidence
) -> None:
    gates = {"main": GatePolicy(mode, (NIGHT,))}
    decision = by_an_unsure_clock(replace(policy, gates=gates), resident, evidence, situation)
    assert (decision.outcome, decision.rule) == (REFER, "gates.main.schedule")


def test_a_mode_that_was_ordered_rests_on_no_hour(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    scheduled = replace(policy, gates={"main": GatePolicy(Mode.LOCKED, (NIGHT,))})
    ordered = replace(situation, ordered_mode=Mode.FACE)
    assert by_an_unsure_clock(scheduled, resident, FACE, ordered).outcome is GRANT


@pytest.mark.parametrize("closed", [REFER, DENY])
@pytest.mark.parametrize("gate", ["main", "free"])
def test_a_registry_whose_age_is_unknown_counts_as_beyond_its_limit(
    policy: Policy, resident: Subject, situation: Situation, gate: str, closed: Outcome
) -> None:
    closing = replace(policy, stale=StaleRule(close_after=86_400, closed=closed))
    decision = by_an_unsure_clock(closing, resident, FACE, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (closed, Reason.CLOCK_UNTRUSTED)
    assert [alarm.rule for alarm in decision.alarms] == ["stale.close_after"]


def test_a_one_time_pass_may_have_been_used_elsewhere_meanwhile(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    once = Evidence(Direction.ENTRY, code=replace(CODE, once=True))
    decision = by_an_unsure_clock(policy, resident, once, situation)
    assert (decision.outcome, decision.rule) == (DENY, "stale.degrade_after")
    assert by_an_unsure_clock(policy, resident, replace(once, code=CODE), situation).outcome is GRANT


@pytest.mark.parametrize(
    ("until", "outcome"), [(None, DENY), (ISSUED + DAY, DENY), (ISSUED, GRANT), (ISSUED - DAY, GRANT)]
)
def test_an_isolation_that_was_not_over_with_the_registry_holds(
    policy: Policy, resident: Subject, situation: Situation, until: datetime | None, outcome: Outcome
) -> None:
    isolated = replace(resident, isolation=HomeIsolation("district", ISSUED - 9 * DAY, until))
    leaving = replace(FACE, direction=Direction.EXIT)
    decision = by_an_unsure_clock(policy, isolated, leaving, situation)
    assert (decision.outcome, decision.alarm) == (outcome, outcome is DENY)


def test_a_policy_cannot_grant_what_only_a_clock_could_tell() -> None:
    with pytest.raises(msgspec.ValidationError, match="untrusted_clock is refer or deny"):
        msgspec.convert({"untrusted_clock": "grant"}, Policy)
