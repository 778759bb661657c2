"""Alarms are of what is, not of which rule wins: an isolated person on the way out, an old registry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    Alarm,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    HomeIsolation,
    Mode,
    Outcome,
    PassEvidence,
    PassVerdict,
    Policy,
    Reason,
    Situation,
    Subject,
    decide,
)
from edge.decision.policy import StaleRule
from tests.edge.decision.conftest import TUESDAY_NOON

ISOLATION = Alarm(Reason.HOME_ISOLATION, "isolation_exit")
STALE = Alarm(Reason.REGISTRY_STALE, "stale.close_after")
LEAVING = Evidence(Direction.EXIT, face=FaceEvidence(FaceFinding.MATCHED, "li-na", liveness=0.9))
FORGED = PassEvidence(PassVerdict.FORGED)
GENUINE = PassEvidence(PassVerdict.GENUINE, subject_id="li-na")


@pytest.fixture
def isolated(resident: Subject) -> Subject:
    return replace(resident, isolation=HomeIsolation("district", TUESDAY_NOON - timedelta(days=1)))


@pytest.mark.parametrize(
    ("gate", "evidence", "outcome", "reason"),
    [
        ("main", LEAVING, Outcome.DENY, Reason.HOME_ISOLATION),
        ("free", LEAVING, Outcome.DENY, Reason.HOME_ISOLATION),
        # An earlier rule denies.
        ("locked", LEAVING, Outcome.DENY, Reason.GATE_LOCKED),
        ("code", LEAVING, Outcome.DENY, Reason.CODE_REQUIRED),
        ("main", replace(LEAVING, code=FORGED), Outcome.DENY, Reason.PASS_FORGED),
        (
            "main",
            replace(LEAVING, code=replace(GENUINE, once=True, used=True)),
            Outcome.DENY,
            Reason.PASS_USED,
        ),
        ("unnamed", LEAVING, Outcome.DENY, Reason.POLICY_MISSING),
    ],
)
@pytest.mark.parametrize("isolation_exit", Outcome)
def test_anyone_who_isolates_and_leaves_is_alarmed_whatever_else_stands_against_them(
    policy: Policy,
    isolated: Subject,
    situation: Situation,
    isolation_exit: Outcome,
    gate: str,
    evidence: Evidence,
    outcome: Outcome,
    reason: Reason,
) -> None:
    rules = replace(policy, isolation_exit=isolation_exit)
    decision = decide(rules, isolated, evidence, replace(situation, gate=gate))
    assert decision.alarms == (ISOLATION,)
    if reason is not Reason.HOME_ISOLATION or isolation_exit is Outcome.DENY:
        assert (decision.outcome, decision.reason) == (outcome, reason)
    else:
        assert decision.outcome is isolation_exit, "a grant carries the alarm too"


@pytest.mark.parametrize("gate", ["main", "free", "locked", "staffed"])
@pytest.mark.parametrize("closed", Outcome)
def test_a_registry_beyond_its_age_alarms_at_every_gate(
    policy: Policy, resident: Subject, situation: Situation, gate: str, closed: Outcome
) -> None:
    closing = replace(policy, stale=StaleRule(close_after=60, closed=closed))
    assert decide(closing, resident, LEAVING, replace(situation, gate=gate)).alarms == (STALE,)


def test_two_alarms_are_both_told_in_the_order_of_the_rules(
    policy: Policy, isolated: Subject, situation: Situation
) -> None:
    closing = replace(policy, stale=StaleRule(close_after=60))
    decision = decide(closing, isolated, LEAVING, replace(situation, ordered_mode=Mode.LOCKED))
    assert decision.reason is Reason.GATE_LOCKED
    assert decision.alarms == (STALE, ISOLATION)


def test_no_alarm_where_nothing_is_the_matter(
    policy: Policy, resident: Subject, situation: Situation
) -> None:
    assert not decide(policy, resident, LEAVING, situation).alarm
